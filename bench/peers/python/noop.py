"""N no-op tasks submitted one by one, all awaited."""
import multiprocessing

from peer import arguments, dask_client, executor, measure


def noop():
    return None


def main():
    args = arguments(100_000, ["multiprocessing", "futures", "threads", "dask"])
    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            def work(count):
                for result in [pool.apply_async(noop) for _ in range(count)]:
                    result.get()
            measure(work, args)
    elif args.system == "dask":
        with dask_client(args.workers) as client:
            measure(lambda count: client.gather([client.submit(noop, pure=False) for _ in range(count)]), args)
    else:
        with executor(args.system, args.workers) as pool:
            def work(count):
                for future in [pool.submit(noop) for _ in range(count)]:
                    future.result()
            measure(work, args)


if __name__ == "__main__":
    main()
