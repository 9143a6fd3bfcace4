"""The names of all settings of the installed Celery."""
import json
import sys

from celery.app.defaults import DEFAULTS

json.dump(sorted(DEFAULTS), sys.stdout)
