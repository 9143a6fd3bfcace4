"""From nothing to the first result of two workers."""
import multiprocessing

from peer import arguments, dask_client, executor, now, report


def noop():
    return None


def main():
    args = arguments(1, ["multiprocessing", "futures", "dask"])
    if args.system == "dask":
        import distributed  # imports are not counted in any system
        start = now()
        with dask_client(args.workers) as client:
            client.submit(noop).result()
            seconds = now() - start
    elif args.system == "multiprocessing":
        start = now()
        with multiprocessing.Pool(args.workers) as pool:
            pool.apply(noop)
            seconds = now() - start
    else:
        start = now()
        with executor(args.system, args.workers) as pool:
            pool.submit(noop).result()
            seconds = now() - start
    report(seconds, args.count)


if __name__ == "__main__":
    main()
