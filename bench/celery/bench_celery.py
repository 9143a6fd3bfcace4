"""The Python side of bench/celery/run.sh: the same measures on Celery itself."""
import json
import os
import sys
import time

from celery import Celery

app = Celery('bench', broker=os.environ['BROKER'], backend=os.environ.get('BACKEND'))
app.conf.update(task_default_queue=os.environ.get('QUEUE', 'celery'), worker_hijack_root_logger=False, broker_pool_limit=1)


@app.task(name='bench.noop')
def noop(i):
    pass


def main():
    measure, count = sys.argv[1], int(sys.argv[2])
    if measure == 'publish':
        noop.delay(-1)
        start = time.perf_counter()
        for i in range(count):
            noop.delay(i)
        print(json.dumps({'measure': measure, 'per_second': count / (time.perf_counter() - start)}))
        # Without confirms, what RabbitMQ has not read yet when the process ends is gone; the drain that follows needs it.
        app.pool.acquire().close()
    elif measure == 'roundtrip':
        times = []
        for i in range(-200, count):
            start = time.perf_counter()
            noop.delay(i).get(timeout=10)
            if i >= 0:
                times.append(time.perf_counter() - start)
        times.sort()
        print(json.dumps({'measure': measure, 'median_ms': times[count // 2] * 1000, 'p99_ms': times[count * 99 // 100] * 1000}))


if __name__ == '__main__':
    main()
