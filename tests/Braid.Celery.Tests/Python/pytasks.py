"""The Python side of the interoperability tests: tasks, run by a real Celery worker, and a console that sends."""
import json
import os
import sys
import time
import traceback

from celery import Celery, chain, chord, group, signature
from celery.exceptions import Ignore, Reject
from kombu.common import Broadcast

import errbacks

app = Celery('pytasks', broker=os.environ['BROKER'], backend=os.environ.get('BACKEND') or None)
app.conf.update(
    task_default_queue=os.environ.get('QUEUE', 'celery'),
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    task_acks_late='ACKS_LATE' in os.environ,
    broker_transport_options=json.loads(os.environ.get('TRANSPORT', '{}')),
)
if 'BROADCAST' in os.environ:
    app.conf.task_queues = [Broadcast(os.environ['QUEUE'])]


@app.task(name='py.add')
def add(x, y):
    return x + y


@app.task(name='py.xsum')
def xsum(numbers):
    return sum(numbers)


@app.task(name='py.echo')
def echo(*args, **kwargs):
    return {'args': list(args), 'kwargs': kwargs}


@app.task(name='py.fail')
def fail(text='boom'):
    raise ValueError(text)


@app.task(name='py.request', bind=True)
def request(self):
    r = self.request
    return {'id': r.id, 'root': r.root_id, 'parent': r.parent_id, 'group': r.group, 'headers': r.headers}


@app.task(name='py.trace', bind=True)
def trace(self):
    return getattr(self.request, 'traceparent', None)


@app.task(name='py.ledger')
def ledger(key, n):
    app.backend.client.hincrby(key, n, 1)


@app.task(name='py.sleep')
def sleep(seconds):
    time.sleep(seconds)


@app.task(name='chaos.note')
def note(key, n):
    app.backend.client.hincrby(key, n, 1)
    time.sleep(0.005)
    return n


def note_errback(kind, id, *more):
    run, _, rest = id.partition('.')
    app.backend.client.rpush('errbacks-' + run, ' '.join([rest, kind, *more]))


@app.task(name='py.old_errback')
def old_errback(id, *, extra='-'):
    note_errback('old', id, extra)
    return id


@app.task(name='py.new_errback')
def new_errback(request, exc, tb, extra='-'):
    note_errback('new', request.id, type(exc).__name__, 'with' if tb else 'without', extra)


@app.task(name='py.collect')
def collect(ids):
    ids = [ids] if isinstance(ids, str) else ids
    note_errback('collect', ids[0], str(len(ids)))


@app.task(name='py.replace_fail', bind=True)
def replace_fail(self):
    raise self.replace(fail.si('boom').set(queue=self.request.delivery_info['routing_key']))


def console():
    # A stand-in, so that Python can build a starmap of a task that only the .NET worker has.
    @app.task(name='net.add')
    def net_add(x, y):
        raise NotImplementedError

    scope = {**globals(), 'net_add': net_add}
    for line in sys.stdin:
        try:
            answer = {'ok': eval(compile(json.loads(line), '<test>', 'eval'), scope)}
        except Exception as e:  # noqa: the test wants to know
            answer = {'error': type(e).__name__, 'text': str(e), 'module': type(e).__module__}
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    console()
