"""A lock that is free, taken and given back by a task or a process: the median. multiprocessing's is the manager's, which can be handed on."""
import multiprocessing
import statistics

from peer import arguments, dask_client, now, report


def median(lock, count):
    times = []
    for _ in range(2 * count):
        start = now()
        with lock:
            pass
        times.append(now() - start)
    return statistics.median(times[count:])


def dask_median(count):
    from distributed import Lock
    return median(Lock("guard"), count)


def main():
    args = arguments(20_000, ["multiprocessing", "dask"])
    if args.system == "multiprocessing":
        with multiprocessing.Manager() as manager, multiprocessing.Pool(args.workers) as pool:
            report(pool.apply(median, (manager.Lock(), args.count)), args.count)
    else:
        with dask_client(args.workers) as client:
            report(client.submit(dask_median, args.count, pure=False).result(), args.count)


if __name__ == "__main__":
    main()
