"""Rank 1 of a job whose rank 0 is in C# (Interoperation.cs of the rank program): answers each of its messages with numpy's buffers; nothing is pickled."""
import numpy as np
from mpi4py import MPI

COUNT = 5
TYPES = {
    "i1": MPI.INT8_T, "u1": MPI.UINT8_T, "i2": MPI.INT16_T, "u2": MPI.UINT16_T, "i4": MPI.INT32_T, "u4": MPI.UINT32_T, "i8": MPI.INT64_T, "u8": MPI.UINT64_T,
    "f4": MPI.FLOAT, "f8": MPI.DOUBLE, "c16": MPI.C_DOUBLE_COMPLEX, "?": MPI.C_BOOL,
}
world = MPI.COMM_WORLD
tag = 0


def exchange(dtype, expected, answer, datatype=None):
    """Receives five elements, which must be as expected, and answers them. What has no datatype of its own is told from its dtype by mpi4py."""
    global tag
    got = np.zeros(COUNT, dtype)
    status = MPI.Status()
    world.Recv([got, COUNT, datatype] if datatype else got, 0, tag, status)
    assert status.Get_count(datatype or TYPES[dtype]) == COUNT and status.Get_source() == 0 and status.Get_tag() == tag, dtype
    assert (got == np.array(expected, dtype)).all(), (dtype, got, expected)
    back = np.array(answer(got), dtype)
    world.Send([back, COUNT, datatype] if datatype else back, 0, tag)
    tag += 1


def number(dtype, first):
    exchange(dtype, np.arange(COUNT).astype(dtype) + np.array(first, dtype), lambda got: got + np.array(1, dtype))


def located(dtype, datatype, first):
    pair = np.dtype([("value", dtype), ("location", "i4")], align=True)
    sign = 1 if first else -1
    exchange(pair, [(first + sign * i, i) for i in range(COUNT)], lambda got: [(x["value"] + 1, x["location"] + 1) for x in got], datatype)


def exchange_all():
    number("i1", -100)
    number("u1", 200)
    number("i2", -30000)
    number("u2", 60000)
    number("i4", -2000000000)
    number("u4", 4000000000)
    number("i8", -9000000000000000000)
    number("u8", 18000000000000000000)
    number("f4", 0.5)
    number("f8", 0.25)
    exchange("c16", [complex(i, -0.5) for i in range(COUNT)], lambda got: np.conj(got) + 1)
    exchange("?", [i % 2 == 0 for i in range(COUNT)], lambda got: ~got)
    number("u2", 0x3B1)  # Greek letters, as UTF-16 has them
    located("f4", MPI.FLOAT_INT, 0.5)
    located("f8", MPI.DOUBLE_INT, 0.5)
    located("i8", MPI.LONG_INT, 0)
    located("i4", MPI.TWOINT, 0)
    located("i2", MPI.SHORT_INT, 0)
    particle = np.dtype([("kind", "u1"), ("mass", "f8"), ("charge", "i4"), ("alive", "?"), ("letter", "u2")], align=True)
    fields = MPI.Datatype.Create_struct(
        [1] * 5, [particle.fields[name][1] for name in particle.names], [MPI.UINT8_T, MPI.DOUBLE, MPI.INT32_T, MPI.C_BOOL, MPI.UINT16_T])
    kind = fields.Create_resized(0, particle.itemsize).Commit()
    exchange(
        particle, [(i, i + 0.5, -i, i % 2 == 0, ord("a") + i) for i in range(COUNT)],
        lambda got: [(x["kind"] + 1, x["mass"] + 1, x["charge"] + 1, not x["alive"], x["letter"] + 1) for x in got], kind)
    kind.Free()
    fields.Free()


def reduce_all():
    for dtype in "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8":
        own, total, most, nine = np.array([4], dtype), np.zeros(1, dtype), np.zeros(1, dtype), np.array([9], dtype)
        world.Allreduce(own, total, MPI.SUM)
        world.Allreduce(own, most, MPI.MAX)
        world.Bcast(nine, 1)
        assert total[0] == 7 and most[0] == 4, dtype


def pack():
    global tag
    packed, status = bytearray(100), MPI.Status()
    world.Recv([packed, MPI.PACKED], 0, tag, status)
    length = status.Get_count(MPI.PACKED)
    n, halves, byte = np.zeros(1, "i4"), np.zeros(2, "f8"), np.zeros(1, "u1")
    position = MPI.INT.Unpack(packed, 0, n, world)
    position = MPI.DOUBLE.Unpack(packed, position, halves, world)
    position = MPI.UNSIGNED_CHAR.Unpack(packed, position, byte, world)
    assert n[0] == -7 and list(halves) == [0.5, 1.5] and byte[0] == 200 and position == length
    halves += 2
    n -= 1
    position = MPI.DOUBLE.Pack(halves, packed, 0, world)
    position = MPI.INT.Pack(n, packed, position, world)
    world.Send([packed, position, MPI.PACKED], 0, tag)
    tag += 1


def receive_a_column():
    global tag
    column = np.zeros(3)
    world.Recv(column, 0, tag)
    assert list(column) == [1, 5, 9], column
    world.Send(-column, 0, tag)
    tag += 1


def gather():
    own, all_of_them = np.array([ord("y")], "u2"), np.zeros(2, "u2")
    world.Allgather(own, all_of_them)
    assert list(all_of_them) == [ord("x"), ord("y")]
    world.Gatherv(np.array([2, 3], "i4"), None, 0)


assert world.Get_rank() == 1
try:
    exchange_all()
    reduce_all()
    pack()
    receive_a_column()
    gather()
except BaseException:
    import traceback
    traceback.print_exc()
    world.Abort(1)
