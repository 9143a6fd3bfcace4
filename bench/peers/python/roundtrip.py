"""One task there and back, one after the other: the median."""
import multiprocessing
import statistics

from peer import arguments, dask_client, executor, now, report


def noop():
    return None


def median(call, count):
    times = []
    for _ in range(2 * count):
        start = now()
        call()
        times.append(now() - start)
    report(statistics.median(times[count:]), count)


def main():
    args = arguments(20_000, ["multiprocessing", "futures", "threads", "dask"])
    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            median(lambda: pool.apply(noop), args.count)
    elif args.system == "dask":
        with dask_client(args.workers) as client:
            median(lambda: client.submit(noop, pure=False).result(), args.count)
    else:
        with executor(args.system, args.workers) as pool:
            median(lambda: pool.submit(noop).result(), args.count)


if __name__ == "__main__":
    main()
