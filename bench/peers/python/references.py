"""One task with N references as its arguments; the references are ready before the clock starts."""
from peer import arguments, dask_client, now, report


def add(numbers):
    return sum(numbers)


def main():
    args = arguments(10_000, ["dask"])
    with dask_client(args.workers) as client:
        references = client.scatter(list(range(args.count)))
        start = now()
        result = client.submit(add, references).result()
        seconds = now() - start
    assert result == args.count * (args.count - 1) // 2
    report(seconds)


if __name__ == "__main__":
    main()
