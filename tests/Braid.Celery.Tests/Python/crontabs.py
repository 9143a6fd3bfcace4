"""What Celery's own crontab says. Reads {"zone", "cases": [{"fields": [m, h, dow, dom, moy], "from": [epoch, ...]}]} and writes, for each case,
the epochs of the first ticks after its instants, or the name of the error that its fields raise."""
import datetime
import json
import sys

from celery import Celery
from celery.schedules import crontab

asked = json.load(sys.stdin)
app = Celery('crontabs')
app.conf.timezone = asked['zone']
utc = datetime.timezone.utc


def answers(case):
    now = [None]
    try:
        schedule = crontab(*case['fields'], app=app, nowfun=lambda: now[0])
    except Exception as e:  # noqa: whatever it raises is the answer
        return type(e).__name__
    ticks = []
    for epoch in case['from']:
        now[0] = datetime.datetime.fromtimestamp(epoch, utc).astimezone(app.timezone)
        ticks.append(round(epoch + schedule.remaining_estimate(now[0]).total_seconds()))
    return ticks


json.dump([answers(case) for case in asked['cases']], sys.stdout)
