"""Items from a task at one worker to a task at the other. multiprocessing: its own Queue over a pipe (`multiprocessing`), and the manager's (`manager`)."""
import multiprocessing

from peer import arguments, dask_client, measure


def produce(queue, count):
    for i in range(count):
        queue.put(i)


def consume(queue, count):
    return sum(queue.get() for _ in range(count))


def produce_dask(name, count):
    from distributed import Queue
    produce(Queue(name), count)


def consume_dask(name, count):
    from distributed import Queue
    return consume(Queue(name), count)


def check(total, count):
    assert total == count * (count - 1) // 2


def between_processes(queue, results, count):
    producer = multiprocessing.Process(target=produce, args=(queue, count))
    consumer = multiprocessing.Process(target=lambda: results.put(consume(queue, count)))
    producer.start()
    consumer.start()
    check(results.get(), count)
    producer.join()
    consumer.join()


def main():
    args = arguments(200_000, ["multiprocessing", "manager", "dask"])
    if args.system == "dask":
        with dask_client(args.workers) as client:
            def work(count):
                consumer = client.submit(consume_dask, "items", count, pure=False)
                client.submit(produce_dask, "items", count, pure=False).result()
                check(consumer.result(), count)
            measure(work, args)
    elif args.system == "manager":
        with multiprocessing.Manager() as manager:
            measure(lambda count: between_processes(manager.Queue(1024), multiprocessing.SimpleQueue(), count), args)
    else:
        measure(lambda count: between_processes(multiprocessing.Queue(1024), multiprocessing.SimpleQueue(), count), args)


if __name__ == "__main__":
    main()
