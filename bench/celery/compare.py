"""Runs both sides in turns and prints the table. Waits for a drain by the number of stored results, which both sides write alike."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import time
import uuid

import redis
from celery import __version__ as celery_version

here = os.path.dirname(os.path.abspath(__file__))
net = ['dotnet', os.path.join(here, 'Braid.CeleryBench/bin/Release/net10.0/Braid.CeleryBench.dll')]
python = ['/usr/bin/python3', os.path.join(here, 'bench_celery.py')]
urls = {'redis': os.environ['BRAID_TEST_REDIS'].rstrip('/'), 'rabbitmq': os.environ['BRAID_TEST_RABBITMQ']}
results = redis.Redis.from_url(urls['redis'] + '/5')

parser = argparse.ArgumentParser()
parser.add_argument('--count', type=int, default=10_000)
parser.add_argument('--rounds', type=int, default=3)
parser.add_argument('--memory', type=int, default=1_000_000)
parser.add_argument('--brokers', default=' '.join(urls))
given = parser.parse_args()
count, rounds, brokers = given.count, given.rounds, given.brokers.split()
table = {}


def env(broker, queue):
    return {**os.environ, 'BROKER': urls[broker] + ('/4' if broker == 'redis' else ''), 'BACKEND': urls['redis'] + '/5', 'QUEUE': queue}


def note(broker, side, measure, value):
    table.setdefault((broker, measure), {}).setdefault(side, []).append(value)


def client(side, arguments, environment):
    command = net if side == 'braid' else python
    return json.loads(subprocess.run(command + arguments, env=environment, check=True, capture_output=True, text=True).stdout)


class Worker:
    """A worker on a queue, ended when the block is left, however it is left."""

    def __init__(self, side, environment):
        self.side, self.environment = side, environment

    def __enter__(self):
        if self.side == 'braid':
            self.process = subprocess.Popen(net + ['worker'], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.process.stdout.readline()
        else:
            self.process = subprocess.Popen(
                ['/usr/bin/python3', '-m', 'celery', '-A', 'bench_celery', 'worker', '-P', 'prefork', '-c', '2', '-Q', self.environment['QUEUE'],
                 '-n', uuid.uuid4().hex + '@bench', '--without-gossip', '--without-mingle', '-l', 'ERROR'],
                env=self.environment, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def megabytes(self):
        """Resident memory of the worker and its children."""
        family = subprocess.run(['ps', '-o', 'rss=', '--pid', str(self.process.pid), '--ppid', str(self.process.pid)], capture_output=True, text=True).stdout
        return sum(int(rss) for rss in family.split()) / 1024

    def __exit__(self, *_):
        # A .NET worker ends with its input, Celery's with a signal.
        if self.side == 'braid':
            self.process.communicate('')
        else:
            self.process.terminate()
            self.process.wait()


def drained(first, last):
    """Tasks a second from the first stored results on, so that no start of a process is measured."""
    deadline = time.monotonic() + 300
    start = None
    while time.monotonic() < deadline:
        size = results.dbsize()
        if start is None and size >= first:
            start, began = time.perf_counter(), size
        if size >= last:
            return (size - began) / (time.perf_counter() - start)
        time.sleep(0.002)
    raise SystemExit(f'the queue was not drained: {results.dbsize()} results of {last}')


def speed(broker, side):
    queue = 'bench-' + uuid.uuid4().hex[:8]
    environment = env(broker, queue)
    results.flushdb()
    note(broker, side, 'publish', client(side, ['publish', str(count)], environment)['per_second'])
    with Worker(side, environment) as worker:
        # One more: the first, which opens the connection, is not counted by the publisher.
        note(broker, side, 'drain', drained(100, count + 1))
        trip = client(side, ['roundtrip', '1000'], environment)
        note(broker, side, 'roundtrip', trip['median_ms'])
        note(broker, side, 'roundtrip p99', trip['p99_ms'])
        note(broker, side, f'worker memory after {count:,} tasks', worker.megabytes())


def memory(broker, total):
    """One Braid worker after each tenth of many tasks; results are thrown away in between, for Redis's memory is not the matter."""
    environment = env(broker, 'bench-' + uuid.uuid4().hex[:8])
    with Worker('braid', environment) as worker:
        done = 0
        for _ in range(10):
            results.flushdb()
            client('braid', ['publish', str(total // 10 - 1)], environment)
            drained(1, total // 10)
            done += total // 10
            note(broker, 'braid', f'worker memory after {done:,} tasks', worker.megabytes())


for turn in range(rounds):
    for broker in brokers:
        for side in ('celery', 'braid'):
            speed(broker, side)
if given.memory > 0:
    for broker in brokers:
        memory(broker, given.memory)

lines = [f'{count} no-op tasks, Celery {celery_version} (prefork, 2 processes) and Braid.Celery (2 slots), {os.cpu_count()} cores shared with the '
         f'brokers and the client, {platform.machine()}, Python {platform.python_version()}; medians of {rounds} runs in turns. Publishing: '
         'Braid with confirms, Celery without.', '', '| broker | measure | Celery | Braid | ratio |', '|---|---|---|---|---|']
for (broker, measure), sides in table.items():
    braid, celery = statistics.median(sides['braid']), statistics.median(sides['celery']) if 'celery' in sides else None
    unit = 'MB' if measure.startswith('worker memory') else 'ms' if measure.startswith('roundtrip') else '/s'
    show = lambda v: '' if v is None else f'{v:.0f} {unit}' if v >= 100 else f'{v:.2f} {unit}'
    lines.append(f'| {broker} | {measure} | {show(celery)} | {show(braid)} | {"" if celery is None else f"{braid / celery:.2f}×"} |')
print('\n'.join(lines))

# The page keeps what stands around the markers. A run of a part of it is for looking at, not for the page.
if set(brokers) == set(urls) and rounds > 0 and given.memory >= 1_000_000:
    page = os.path.join(here, '../../docs/benchmarks.md')
    with open(page, encoding='utf-8') as file:
        text = file.read()
    begin, end = '<!-- celery: written by bench/celery/run.sh -->\n', '<!-- celery: end -->'
    before, rest = text.split(begin)
    with open(page, 'w', encoding='utf-8') as file:
        file.write(before + begin + '\n'.join(lines) + '\n' + end + rest.split(end)[1])
