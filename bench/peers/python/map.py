"""x*x over N integers, results in order. Pool.map picks its own chunks; the executor, whose default is one item a message, is given the
same ones. dask has no map for items as small as these."""
import multiprocessing

from peer import arguments, executor, measure


def square(x):
    return x * x


def main():
    args = arguments(1_000_000, ["multiprocessing", "futures"])
    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            def work(count):
                assert pool.map(square, range(count))[-1] == (count - 1) ** 2
            measure(work, args)
    else:
        with executor(args.system, args.workers) as pool:
            def work(count):
                chunk = count // (args.workers * 4)
                assert list(pool.map(square, range(count), chunksize=chunk))[-1] == (count - 1) ** 2
            measure(work, args)


if __name__ == "__main__":
    main()
