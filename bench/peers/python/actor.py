"""One actor call there and back, one after the other: the median."""
import statistics

from peer import arguments, dask_client, now, report


class Counter:
    def __init__(self):
        self.value = 0

    def increment(self):
        self.value += 1
        return self.value


def main():
    args = arguments(2_000, ["dask"])
    with dask_client(args.workers) as client:
        counter = client.submit(Counter, actor=True).result()
        times = []
        for _ in range(args.count // 10 + args.count):
            start = now()
            counter.increment().result()
            times.append(now() - start)
        report(statistics.median(times[args.count // 10:]), args.count)


if __name__ == "__main__":
    main()
