"""A 256 MiB array of doubles goes to one task, which adds it up. COUNT is the MiB. dask scatters it and passes the reference."""
import multiprocessing

import numpy

from peer import arguments, dask_client, executor, now, report


def total(array):
    return float(array.sum())


def main():
    args = arguments(256, ["multiprocessing", "futures", "dask"])
    array = numpy.ones(args.count * 131_072)
    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            pool.apply(total, (numpy.ones(8),))
            start = now()
            result = pool.apply(total, (array,))
            seconds = now() - start
    elif args.system == "futures":
        with executor(args.system, args.workers) as pool:
            pool.submit(total, numpy.ones(8)).result()
            start = now()
            result = pool.submit(total, array).result()
            seconds = now() - start
    else:
        with dask_client(args.workers) as client:
            client.submit(total, client.scatter(numpy.ones(8))).result()
            start = now()
            result = client.submit(total, client.scatter(array)).result()
            seconds = now() - start
    assert result == array.size
    report(seconds)


if __name__ == "__main__":
    main()
