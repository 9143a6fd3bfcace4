"""N no-op tasks submitted one by one, all awaited. The workers are up before the clock starts."""
import multiprocessing

from peer import arguments, dask_client, executor, now, report


def noop():
    return None


def main():
    args = arguments(100_000, ["multiprocessing", "futures", "threads", "dask"])
    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            pool.map(abs, range(100), chunksize=1)
            start = now()
            results = [pool.apply_async(noop) for _ in range(args.count)]
            for result in results:
                result.get()
            report(now() - start)
    elif args.system == "dask":
        with dask_client(args.workers) as client:
            client.gather([client.submit(noop, pure=False) for _ in range(100)])
            start = now()
            client.gather([client.submit(noop, pure=False) for _ in range(args.count)])
            report(now() - start)
    else:
        with executor(args.system, args.workers) as pool:
            list(pool.map(abs, range(100)))
            start = now()
            for future in [pool.submit(noop) for _ in range(args.count)]:
                future.result()
            report(now() - start)


if __name__ == "__main__":
    main()
