"""One task with N references as its arguments; the references are ready before the clock starts."""
from peer import arguments, dask_client, now, report


def main():
    args = arguments(10_000, ["dask"])
    with dask_client(args.workers) as client:
        references = client.scatter(list(range(args.count)))
        client.submit(sum, references[:args.count // 10]).result()
        start = now()
        result = client.submit(sum, references).result()
        seconds = now() - start
    assert result == args.count * (args.count - 1) // 2
    report(seconds, args.count)


if __name__ == "__main__":
    main()
