"""Sixteen sleeps, 9.9 s in all and 1.5 s the longest, on sixteen slots, the start of the workers included. dask has its slots as
eight threads in each of two processes, for sixteen interpreters would cost it more."""
import multiprocessing
import time

from peer import arguments, dask_client, executor, now, report

SLEEPS = [1.5, 0.1, 1.4, 0.2, 1.0, 0.3, 0.9, 0.4, 0.8, 0.5, 0.7, 0.6, 0.6, 0.4, 0.3, 0.2]


def main():
    args = arguments(16, ["multiprocessing", "futures", "threads", "dask"])
    if args.system == "dask":
        import distributed  # imports are not counted in any system
        start = now()
        with dask_client(args.workers, threads=16 // args.workers) as client:
            client.gather(client.map(time.sleep, SLEEPS, pure=False))
            seconds = now() - start
    elif args.system == "multiprocessing":
        start = now()
        with multiprocessing.Pool(16) as pool:
            pool.map(time.sleep, SLEEPS, chunksize=1)
            seconds = now() - start
    else:
        start = now()
        with executor(args.system, 16) as pool:
            list(pool.map(time.sleep, SLEEPS))
            seconds = now() - start
    report(seconds, args.count)


if __name__ == "__main__":
    main()
