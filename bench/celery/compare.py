"""Runs both sides in turns and prints the table. Waits for a drain by the number of stored results, which both sides write alike."""
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import uuid

import redis
from celery import __version__ as celery_version

count, rounds, brokers = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
here = os.path.dirname(os.path.abspath(__file__))
net = ['dotnet', os.path.join(here, 'Braid.CeleryBench/bin/Release/net10.0/Braid.CeleryBench.dll')]
python = ['/usr/bin/python3', os.path.join(here, 'bench_celery.py')]
urls = {'redis': os.environ['BRAID_TEST_REDIS'].rstrip('/'), 'rabbitmq': os.environ['BRAID_TEST_RABBITMQ']}
results = redis.Redis.from_url(urls['redis'] + '/5')
table = {}


def env(broker, queue):
    return {**os.environ, 'BROKER': urls[broker] + ('/4' if broker == 'redis' else ''), 'BACKEND': urls['redis'] + '/5', 'QUEUE': queue}


def note(broker, side, measure, value):
    table.setdefault((broker, measure), {}).setdefault(side, []).append(value)


def client(side, arguments, environment):
    command = net if side == 'braid' else python
    return json.loads(subprocess.run(command + arguments, env=environment, check=True, capture_output=True, text=True).stdout)


def worker(side, environment):
    if side == 'braid':
        return subprocess.Popen(net + ['worker'], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return subprocess.Popen(['/usr/bin/python3', '-m', 'celery', '-A', 'bench_celery', 'worker', '-P', 'prefork', '-c', '2', '-Q', environment['QUEUE'],
                             '-n', uuid.uuid4().hex + '@bench', '--without-gossip', '--without-mingle', '-l', 'ERROR'],
                            env=environment, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop(side, process):
    if side == 'braid':
        told, _ = process.communicate('')
        return json.loads(told.strip().splitlines()[-1])
    process.terminate()
    process.wait()
    return {}


def drained(first, last):
    """Seconds from the first stored result on, so that no start of a process is measured."""
    deadline = time.monotonic() + 300
    start = None
    while time.monotonic() < deadline:
        size = results.dbsize()
        if start is None and size >= first:
            start, began = time.perf_counter(), size
        if size >= last:
            return (size - began) / (time.perf_counter() - start)
        time.sleep(0.002)
    raise SystemExit('the queue was not drained')


for turn in range(rounds):
    for broker in brokers:
        for side in ('celery', 'braid'):
            queue = 'bench-' + uuid.uuid4().hex[:8]
            environment = env(broker, queue)
            results.flushdb()
            note(broker, side, 'publish', client(side, ['publish', str(count)], environment)['per_second'])
            running = worker(side, environment)
            note(broker, side, 'drain', drained(100, count + 1))
            trip = client(side, ['roundtrip', '1000'], environment)
            note(broker, side, 'roundtrip', trip['median_ms'])
            note(broker, side, 'roundtrip p99', trip['p99_ms'])
            told = stop(side, running)
            if 'rss_mb' in told:
                note(broker, side, 'worker memory', told['rss_mb'])

lines = [f'{count} no-op tasks, Celery {celery_version} (prefork, 2 processes) and Braid.Celery (2 slots), {os.cpu_count()} cores shared with the '
         f'brokers and the client, {platform.machine()}, Python {platform.python_version()}; medians of {rounds} runs in turns. Publishing: '
         'Braid with confirms, Celery without.', '', '| broker | measure | Celery | Braid | ratio |', '|---|---|---|---|---|']
for (broker, measure), sides in table.items():
    braid, celery = statistics.median(sides['braid']), statistics.median(sides['celery']) if 'celery' in sides else None
    unit = 'MB' if measure == 'worker memory' else 'ms' if measure.startswith('roundtrip') else '/s'
    show = lambda v: '' if v is None else f'{v:.0f} {unit}' if v >= 100 else f'{v:.2f} {unit}'
    lines.append(f'| {broker} | {measure} | {show(celery)} | {show(braid)} | {"" if celery is None else f"{braid / celery:.2f}×"} |')
print('\n'.join(lines))

# The page keeps what stands around the markers. A run of one broker alone is for looking at, not for the page.
if set(brokers) == set(urls):
    page = os.path.join(here, '../../docs/benchmarks.md')
    with open(page, encoding='utf-8') as file:
        text = file.read()
    begin, end = '<!-- celery: written by bench/celery/run.sh -->\n', '<!-- celery: end -->'
    before, rest = text.split(begin)
    with open(page, 'w', encoding='utf-8') as file:
        file.write(before + begin + '\n'.join(lines) + '\n' + end + rest.split(end)[1])
