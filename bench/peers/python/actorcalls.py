"""Many actor calls sent, then awaited."""
from peer import arguments, dask_client, measure


class Counter:
    def __init__(self):
        self.value = 0

    def increment(self):
        self.value += 1
        return self.value


def main():
    args = arguments(50_000, ["dask"])
    with dask_client(args.workers) as client:
        counter = client.submit(Counter, actor=True).result()

        def work(count):
            calls = [counter.increment() for _ in range(count)]
            last = [call.result() for call in calls][-1]
            assert last >= count

        measure(work, args)


if __name__ == "__main__":
    main()
