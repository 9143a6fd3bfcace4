"""What the scripts here share: each measures one work in one of Python's systems and prints one line of JSON.

    python3 WORK.py SYSTEM [--workers 2] [--count N]

SYSTEM is `multiprocessing` (Pool, forked), `futures` (ProcessPoolExecutor), `threads` (ThreadPoolExecutor) or `dask`
(distributed.LocalCluster, a process for each worker, a thread in each, no dashboard). A work times itself, without the
interpreter's own start and imports. Settings are the defaults that the documentation shows, save where a script says so.
"""
import argparse
import contextlib
import json
import logging
import time
import warnings


def arguments(default_count, systems):
    parser = argparse.ArgumentParser()
    parser.add_argument("system", choices=systems)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--count", type=int, default=default_count)
    return parser.parse_args()


@contextlib.contextmanager
def dask_client(workers, threads=1):
    import distributed
    logging.getLogger("distributed").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    with distributed.LocalCluster(
            n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address=None, silence_logs=logging.ERROR) as cluster:
        with distributed.Client(cluster) as client:
            yield client


@contextlib.contextmanager
def executor(system, workers):
    from concurrent import futures
    kind = futures.ThreadPoolExecutor if system == "threads" else futures.ProcessPoolExecutor
    with kind(workers) as pool:
        yield pool


def now():
    return time.perf_counter()


def report(seconds, **more):
    print(json.dumps({"seconds": seconds, **more}), flush=True)
