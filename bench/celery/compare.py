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
table, growth = {}, {}


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


def warm(broker):
    """Before anything is measured the broker has served as much as a turn brings, thrice: what follows meets memory that was touched before, whichever side comes first."""
    for _ in range(3):
        environment = env(broker, 'bench-' + uuid.uuid4().hex[:8])
        results.flushdb()
        client('braid', ['publish', str(count)], environment)
        with Worker('braid', environment):
            drained(100, count + 1)


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
        if broker == 'rabbitmq':
            # Celery's is unconfirmed as it is.
            plain = trip if side == 'celery' else client(side, ['roundtrip', '1000', 'unconfirmed'], environment)
            note(broker, side, 'roundtrip unconfirmed', plain['median_ms'])
        note(broker, side, f'worker memory after {count:,} tasks', worker.megabytes())


def memory(broker, total):
    """One Braid worker after each tenth of many tasks; results are thrown away in between, for Redis's memory is not the matter."""
    environment = env(broker, 'bench-' + uuid.uuid4().hex[:8])
    with Worker('braid', environment) as worker:
        for _ in range(10):
            results.flushdb()
            client('braid', ['publish', str(total // 10 - 1)], environment)
            drained(1, total // 10)
            growth.setdefault(broker, []).append(worker.megabytes())


for broker in brokers if rounds > 0 else ():
    warm(broker)
for turn in range(rounds):
    for broker in brokers:
        for side in ('celery', 'braid'):
            speed(broker, side)
if given.memory > 0:
    for broker in brokers:
        memory(broker, given.memory)

machine = f'{os.cpu_count()} cores shared with the brokers and the client, {platform.machine()}'


def show(measure, value):
    if value is None:
        return ''
    unit = 'MB' if 'memory' in measure else 'ms' if measure.startswith('roundtrip') else '/s'
    return f'{value:.0f} {unit}' if value >= 100 else f'{value:.2f} {unit}'


def sides(values):
    return [statistics.median(values[side]) if side in values else None for side in ('celery', 'braid')]


def write(section, lines):
    """Puts a table in its place on the page, which keeps what stands around the markers."""
    page = os.path.join(here, '../../docs/benchmarks.md')
    with open(page, encoding='utf-8') as file:
        text = file.read()
    begin, end = f'<!-- {section}: written by bench/celery/run.sh -->\n', f'<!-- {section}: end -->'
    before, rest = text.split(begin)
    with open(page, 'w', encoding='utf-8') as file:
        file.write(before + begin + '\n' + '\n'.join(lines) + '\n\n' + end + rest.split(end)[1])


# A run of a part of it is for looking at, not for the page.
whole = set(brokers) == set(urls)
if rounds > 0:
    lines = [f'{count} no-op tasks, Celery {celery_version} (prefork, 2 processes) and Braid.Celery (2 slots), {machine}, Python '
             f'{platform.python_version()}; medians of {rounds} runs in turns. Braid publishes with confirms, Celery without; so does Braid for the '
             'unconfirmed round trip.', '', '| broker | measure | Celery | Braid | ratio |', '|---|---|---|---|---|']
    for (broker, measure), values in table.items():
        celery, braid = sides(values)
        lines.append(f'| {broker} | {measure} | {show(measure, celery)} | {show(measure, braid)} | {braid / celery:.2f}× |')
    print('\n'.join(lines))
    if whole and rounds >= 2:
        write('celery', lines)
if growth:
    lines = [f'Resident memory of one Braid worker (2 slots), {machine}.', '', '| tasks | ' + ' | '.join(growth) + ' |', '|---|' + '---|' * len(growth)]
    for tenth in range(10):
        lines.append(f'| {given.memory // 10 * (tenth + 1):,} | ' + ' | '.join(show('memory', megabytes[tenth]) for megabytes in growth.values()) + ' |')
    print('\n'.join(lines))
    if whole and given.memory >= 1_000_000:
        write('celery memory', lines)
