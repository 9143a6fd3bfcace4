"""The works of the comparison in mpi4py, as bench.c has them, and a small object as pickle sends it."""
import numpy
from mpi4py import MPI

BATCHES, WINDOW = 21, 16
world = MPI.COMM_WORLD
rank, size = world.rank, world.size


def iterations(size_bytes):
    return 300 if size_bytes <= 4096 else 50 if size_bytes <= 65536 else 8 if size_bytes <= 1 << 20 else 2


def ping_pong(send, receive, n):
    for _ in range(n):
        if rank == 0:
            world.Send(send, 1, 0)
            world.Recv(receive, 1, 0)
        elif rank == 1:
            world.Recv(receive, 0, 0)
            world.Send(send, 0, 0)


def stream(send, receive, n):
    for _ in range(0, n, WINDOW):
        if rank == 0:
            MPI.Request.Waitall([world.Isend(send, 1, 1) for _ in range(WINDOW)])
        elif rank == 1:
            MPI.Request.Waitall([world.Irecv(receive, 0, 1) for _ in range(WINDOW)])


def all_reduce(send, receive, n):
    for _ in range(n):
        world.Allreduce(send, receive, MPI.SUM)


def broadcast(send, receive, n):
    for _ in range(n):
        world.Bcast(send, 0)


def all_to_all(send, receive, n):
    for _ in range(n):
        world.Alltoall(send, receive)


def small_object(send, receive, n):
    value = (7, 2.5, "a name")
    for _ in range(n):
        if rank == 0:
            world.send(value, 1, 2)
            world.recv(source=1, tag=2)
        elif rank == 1:
            world.recv(source=0, tag=2)
            world.send(value, 0, 2)


def measure(work, run, sizes, divide=1, dtype=numpy.uint8, blocks=1):
    for size_bytes in sizes:
        count = size_bytes * blocks // numpy.dtype(dtype).itemsize
        # Ones, so that every page is written: one that is only read would be the system's page of zeros, which lies in the cache.
        send, receive = numpy.ones(count, dtype), numpy.ones(count, dtype)
        n = iterations(size_bytes)
        if run is stream:
            n = max(n, WINDOW)
        run(send, receive, n)
        batches = []
        for _ in range(BATCHES):
            world.Barrier()
            start = MPI.Wtime()
            run(send, receive, n)
            if run is stream:
                world.Barrier()
            batches.append((MPI.Wtime() - start) * 1e6 / n / divide)
        if rank == 0:
            print(f"{work}\t{size_bytes}\t{sorted(batches)[BATCHES // 2]:.4f}\t{min(batches):.4f}", flush=True)


measure("ping-pong", ping_pong, [1, 1024, 65536, 1 << 20, 4 << 20, 16 << 20], divide=2)
measure("stream", stream, [1, 65536, 1 << 20, 4 << 20])
measure("allreduce", all_reduce, [8, 8192, 1 << 20, 8 << 20], dtype=numpy.float64)
measure("broadcast", broadcast, [8, 65536, 4 << 20])
measure("alltoall", all_to_all, [8, 65536, 1 << 20], blocks=size)
measure("object", small_object, [1], divide=2)
