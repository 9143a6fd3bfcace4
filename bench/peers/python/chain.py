"""N tasks, each on the one before. Of these systems only dask knows dependencies."""
from peer import arguments, dask_client, now, report


def increment(x):
    return x + 1


def main():
    args = arguments(10_000, ["dask"])
    with dask_client(args.workers) as client:
        client.submit(increment, 0, pure=False).result()
        start = now()
        future = client.submit(increment, 0, pure=False)
        for _ in range(args.count - 1):
            future = client.submit(increment, future, pure=False)
        result = future.result()
        seconds = now() - start
    assert result == args.count
    report(seconds)


if __name__ == "__main__":
    main()
