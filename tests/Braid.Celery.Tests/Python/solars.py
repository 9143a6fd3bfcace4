"""What Celery's own solar says. Reads [{"event", "lat", "lon", "from": [epoch, ...]}] and writes, for each case, the epochs of the first events; null where ephem's search stopped at another height of the sun, above the horizon in place of below it."""
import datetime
import json
import sys

import ephem
from celery import Celery
from celery.schedules import solar

app = Celery('solars')
utc = datetime.timezone.utc


def answers(case):
    now = [None]
    schedule = solar(case['event'], case['lat'], case['lon'], app=app, nowfun=lambda: now[0])
    ticks = []
    for epoch in case['from']:
        now[0] = datetime.datetime.fromtimestamp(epoch, utc)
        tick = epoch + schedule.remaining_estimate(now[0]).total_seconds()
        schedule.cal.date = datetime.datetime.fromtimestamp(tick, utc).replace(tzinfo=None)
        ticks.append(tick if case['event'] == 'solar_noon' or ephem.Sun(schedule.cal).alt < 0 else None)
    return ticks


json.dump([answers(case) for case in json.load(sys.stdin)], sys.stdout)
