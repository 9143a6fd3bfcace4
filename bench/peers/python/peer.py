"""What the scripts here share: each measures one work in one of Python's systems and prints one line of JSON.

    python3 WORK.py SYSTEM [--workers 2] [--count N]

SYSTEM is `multiprocessing` (Pool, forked), `futures` (ProcessPoolExecutor), `threads` (ThreadPoolExecutor) or `dask`
(distributed.LocalCluster, a process for each worker, a thread in each, no dashboard). A work times itself, without the
interpreter's own start and imports; where workers are up before the clock starts, the work has been done once for each. Settings are
the defaults that the documentation shows, save where a script says so.
"""
import argparse
import contextlib
import json
import logging
import time
import warnings

now = time.perf_counter


def arguments(default_count, systems):
    parser = argparse.ArgumentParser()
    parser.add_argument("system", choices=systems)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--count", type=int, default=default_count)
    return parser.parse_args()


@contextlib.contextmanager
def dask_client(workers, threads=1):
    import distributed
    warnings.simplefilter("ignore")
    with distributed.LocalCluster(
            n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address=None, silence_logs=logging.ERROR) as cluster:
        with distributed.Client(cluster) as client:
            yield client


def executor(system, workers):
    from concurrent import futures
    return (futures.ThreadPoolExecutor if system == "threads" else futures.ProcessPoolExecutor)(workers)


def measure(work, args):
    """Times the work once it has been done as often as there are workers: what there is to warm is warm in each."""
    count = args.count
    for _ in range(args.workers):
        work(count)
    start = now()
    work(count)
    report(now() - start, count)


def report(seconds, count=None, **more):
    print(json.dumps({"seconds": seconds, "count": count, **more}), flush=True)
