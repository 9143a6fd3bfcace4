"""An array of doubles, N MiB, goes to one task, which adds it up. dask scatters it anew each time and passes the reference."""
import multiprocessing

import numpy

from peer import arguments, dask_client, executor, measure


def total(array):
    return float(array.sum())


def main():
    args = arguments(256, ["multiprocessing", "futures", "dask"])
    numbers = numpy.ones(args.count * 131_072)

    def work_by(call):
        def work(mebibytes):
            array = numbers[:mebibytes * 131_072]
            assert call(array) == array.size
        return work

    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            measure(work_by(lambda array: pool.apply(total, (array,))), args)
    elif args.system == "futures":
        with executor(args.system, args.workers) as pool:
            measure(work_by(lambda array: pool.submit(total, array).result()), args)
    else:
        with dask_client(args.workers) as client:
            measure(work_by(lambda array: client.submit(total, client.scatter(array, hash=False)).result()), args)


if __name__ == "__main__":
    main()
