"""x*x over N integers, results in order. Pool.map picks its own chunks; the executor, whose default is one item a message, is given
the same ones; dask has no map for items as small as these, so its Bag works in as many partitions as Pool.map makes chunks."""
import multiprocessing

from peer import arguments, dask_client, executor, now, report


def square(x):
    return x * x


def main():
    args = arguments(1_000_000, ["multiprocessing", "futures", "dask"])
    chunks = args.workers * 4
    if args.system == "multiprocessing":
        with multiprocessing.Pool(args.workers) as pool:
            pool.map(abs, range(100))
            start = now()
            squares = pool.map(square, range(args.count))
            seconds = now() - start
    elif args.system == "futures":
        with executor(args.system, args.workers) as pool:
            list(pool.map(abs, range(100)))
            start = now()
            squares = list(pool.map(square, range(args.count), chunksize=args.count // chunks))
            seconds = now() - start
    else:
        import dask.bag
        with dask_client(args.workers):
            dask.bag.from_sequence(range(100)).map(square).compute()
            start = now()
            squares = dask.bag.from_sequence(range(args.count), npartitions=chunks).map(square).compute()
            seconds = now() - start
    assert len(squares) == args.count and squares[-1] == (args.count - 1) ** 2
    report(seconds)


if __name__ == "__main__":
    main()
