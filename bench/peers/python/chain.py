"""N tasks, each on the one before. Of these systems only dask knows dependencies."""
from peer import arguments, dask_client, measure


def increment(x):
    return x + 1


def main():
    args = arguments(10_000, ["dask"])
    with dask_client(args.workers) as client:
        def work(count):
            future = client.submit(increment, 0, pure=False)
            for _ in range(count - 1):
                future = client.submit(increment, future, pure=False)
            assert future.result() == count
        measure(work, args)


if __name__ == "__main__":
    main()
