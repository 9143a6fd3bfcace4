using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Data that does not lie in one piece.</summary>
internal static class Datatypes
{
    private struct Particle
    {
        public byte Kind;
        public double X;
        public short Charge;
    }

    public static void SizesAndExtents(RankContext r)
    {
        var number = Datatype.Of<int>();
        Tell(r, "int", number);
        Tell(r, "double", Datatype.Of<double>());
        Tell(r, "padded struct", Datatype.Of<Particle>());
        using var three = number.Contiguous(3);
        Tell(r, "contiguous", three);
        using var vector = number.Vector(3, 2, 4);
        Tell(r, "vector", vector);
        using var backwards = number.Vector(3, 1, -2);
        Tell(r, "backwards", backwards);
        using var bytes = number.VectorBytes(2, 1, 12);
        Tell(r, "vector in bytes", bytes);
        using var indexed = number.Indexed([2, 0, 1], [1, 9, 5]);
        Tell(r, "indexed", indexed);
        using var block = number.IndexedBlock(2, [0, 3, 6]);
        Tell(r, "indexed block", block);
        using var places = number.IndexedBytes([1, 1], [4, 24]);
        Tell(r, "indexed bytes", places);
        using var record = Datatype.Struct([1, 1, 2], [0, 8, 16], Datatype.Of<byte>(), Datatype.Of<double>(), Datatype.Of<short>());
        Tell(r, "struct", record);
        using var part = number.Subarray([4, 5], [2, 3], [1, 1]);
        Tell(r, "subarray", part);
        using var resized = number.Resize(-4, 16);
        Tell(r, "resized", resized);
        using var nested = vector.Contiguous(2);
        Tell(r, "nested", nested);
        using var nothing = number.Contiguous(0);
        r.Say($"nothing {nothing.Size} {nothing.Extent}");
    }

    public static void AColumnIsSentAsARow(RankContext r)
    {
        const int Rows = 3, Columns = 4;
        var matrix = Enumerable.Range(0, Rows * Columns).Select(i => i + (100.0 * r.Rank)).ToArray();
        using var column = Datatype.Of<double>().Vector(Rows, 1, Columns);
        var row = new double[Rows];
        var send = r.World.StartSend(column.From<double>(matrix.AsMemory(1), 1), r.Next, 1);
        var status = r.World.Receive(row.AsSpan(), r.Previous, 1);
        send.Wait();
        r.Say($"column {status.GetCount(column)} {status.GetCount<double>()}", row);
        // And back into a column, leaving the rest.
        var target = new double[Rows * Columns];
        var receive = r.World.StartReceive(column.Into(target.AsMemory(2), 1), r.Previous, 2);
        r.World.Send<double>(row, r.Next, 2);
        receive.Wait();
        r.Say("into", target);
    }

    public static void ManyColumnsOneValueApart(RankContext r)
    {
        // Resized to begin one value apart, all columns together are the transposed matrix.
        const int Side = 4;
        var matrix = Enumerable.Range(0, Side * Side).Select(i => i + (100 * r.Rank)).ToArray();
        using var column = Datatype.Of<int>().Vector(Side, 1, Side);
        using var narrow = column.Resize(0, sizeof(int));
        var got = new int[Side * Side];
        r.World.SendReceive(narrow.From<int>(matrix, Side), r.Next, Datatype.Of<int>().Into(got.AsSpan()), r.Previous);
        r.Say("transposed", got);
    }

    public static void IndexedAndStructAreSentAndReceived(RankContext r)
    {
        var source = Enumerable.Range(0, 10).Select(i => (r.Rank * 10) + i).ToArray();
        using var some = Datatype.Of<int>().Indexed([2, 1, 3], [0, 4, 7]);
        var got = Enumerable.Repeat(-1, 10).ToArray();
        r.World.SendReceive(some.From<int>(source), r.Next, some.Into(got.AsSpan()), r.Previous);
        r.Say("indexed", got);
        using var back = Datatype.Of<int>().IndexedBlock(1, [9, 3, 5]);
        got = Enumerable.Repeat(-1, 10).ToArray();
        r.World.SendReceive(back.From<int>(source), r.Next, back.Into(got.AsSpan()), r.Previous);
        r.Say("out of order", got);
        // By hand the type that a struct has by itself: the two understand each other.
        using var hand = Datatype.Struct([1, 1, 1], [0, 8, 2], Datatype.Of<byte>(), Datatype.Of<double>(), Datatype.Of<short>());
        var particles = new[] { new Particle { Kind = 3, X = r.Rank + 0.5, Charge = -7 } };
        r.Say($"same size {hand.Size == Datatype.Of<Particle>().Size}");
        var received = new Particle[1];
        r.World.SendReceive<Particle, Particle>(particles, r.Next, received, r.Previous);
        r.Say($"struct {received[0].Kind} {received[0].X} {received[0].Charge}");
    }

    public static void APartOfAGrid(RankContext r)
    {
        var grid = Enumerable.Range(0, 20).Select(i => (byte)(i + (20 * r.Rank))).ToArray();
        using var part = Datatype.Of<byte>().Subarray([4, 5], [2, 3], [1, 1]);
        var got = new byte[6];
        r.World.SendReceive(part.From<byte>(grid), r.Next, Datatype.Of<byte>().Into(got.AsSpan()), r.Previous);
        r.Say("rows", got);
        using var fortran = Datatype.Of<byte>().Subarray([4, 5], [2, 3], [1, 1], columnMajor: true);
        r.World.SendReceive(fortran.From<byte>(grid), r.Next, Datatype.Of<byte>().Into(got.AsSpan()), r.Previous);
        r.Say("columns", got);
        using var cube = Datatype.Of<int>().Subarray([3, 3, 3], [1, 2, 3], [2, 0, 0]);
        Tell(r, "cube", cube);
    }

    public static void CollectivesTakeDatatypes(RankContext r)
    {
        using var odd = Datatype.Of<int>().Vector(2, 1, 2);
        var pair = new[] { r.Rank, -1, r.Rank + 10, -1 };
        r.World.Broadcast(odd.Into(pair.AsSpan(), 1));
        r.Say("broadcast", pair);
        pair = [r.Rank, -1, r.Rank + 10, -1];
        var all = new int[2 * r.Size];
        var plain = Datatype.Of<int>();
        r.World.Gather(odd.From<int>(pair, 1), plain.Into(all.AsSpan()), r.Size - 1);
        r.Say("gather", all);
        r.World.AllGather(odd.From<int>(pair, 1), plain.Into(all.AsSpan()));
        r.Say("all", all);
        var spread = Enumerable.Repeat(-1, 3).ToArray();
        r.World.Scatter(plain.From<int>(all), odd.Into(spread.AsSpan(), 1));
        r.Say("scatter", spread);
        using var wide = Datatype.Of<int>().Resize(0, 8);
        var apart = Enumerable.Repeat(-1, 2 * r.Size).ToArray();
        r.World.AllToAll(plain.From<int>(Enumerable.Range(0, r.Size).Select(i => (r.Rank * 10) + i).ToArray()), wide.Into(apart.AsSpan()));
        r.Say("alltoall", apart);
        var counts = Enumerable.Repeat(1, r.Size).ToArray();
        apart = [.. Enumerable.Repeat(-1, 2 * r.Size)];
        r.World.AllGatherV(plain.From<int>(new[] { r.Rank }), wide.Into(apart.AsSpan()), counts);
        r.Say("allgatherv", apart);
        r.World.GatherV(plain.From<int>(new[] { r.Rank * 2 }), wide.Into(apart.AsSpan()), counts);
        r.Say("gatherv", r.Rank == 0 ? apart : []);
        var own = new int[1];
        r.World.ScatterV(wide.From<int>(apart), counts, plain.Into(own.AsSpan()));
        r.Say("scatterv", own);
        var swapped = Enumerable.Repeat(-1, 2 * r.Size).ToArray();
        r.World.AllToAllV(plain.From<int>(Enumerable.Range(0, r.Size).ToArray()), counts, wide.Into(swapped.AsSpan()), counts);
        r.Say("alltoallv", swapped);
    }

    public static void EachPairOfRanksWithItsOwnDatatype(RankContext r)
    {
        // To even ranks go ints, to odd ones shorts.
        var outgoing = Enumerable.Range(0, r.Size)
            .Select(to => new TypedPart(4 * to, 1, to % 2 == 0 ? Datatype.Of<int>() : Datatype.Of<short>())).ToArray();
        var incoming = Enumerable.Range(0, r.Size)
            .Select(from => new TypedPart(4 * from, 1, r.Rank % 2 == 0 ? Datatype.Of<int>() : Datatype.Of<short>())).ToArray();
        var sent = Enumerable.Range(0, r.Size).SelectMany(i => BitConverter.GetBytes(70_000 + (r.Rank * 10) + i)).ToArray();
        var got = new byte[4 * r.Size];
        r.World.AllToAllW(sent, outgoing, got, incoming);
        r.Say("got", Enumerable.Range(0, r.Size).Select(i => BitConverter.ToInt32(got, 4 * i)));
    }

    public static async Task StartedAndAwaitedWithDatatypes(RankContext r)
    {
        using var odd = Datatype.Of<int>().Vector(2, 1, 2);
        var (from, to) = (new[] { r.Rank, -1, r.Rank + 10 }, new[] { -2, -2, -2 });
        var receive = r.World.ReceiveAsync(odd.Into(to.AsMemory()), r.Previous, 6);
        await r.World.SendAsync(odd.From<int>(from.AsMemory()), r.Next, 6);
        var status = await receive;
        r.Say($"{status.GetCount<int>()}", to);
        using var send = r.World.PrepareSend(odd.From<int>(from.AsMemory()), r.Next, 7);
        using var again = r.World.PrepareReceive(odd.Into(to.AsMemory()), r.Previous, 7);
        for (var i = 0; i < 3; i++)
        {
            from[0] = (r.Rank * 100) + i;
            again.Start();
            send.Start();
            send.Wait();
            again.Wait();
            r.Say($"{i}", to);
        }
        await r.World.StartBroadcast(odd.Into(to.AsMemory()));
        var all = new int[2 * r.Size];
        await r.World.StartAllGather(odd.From<int>(to.AsMemory()), Datatype.Of<int>().Into(all.AsMemory()));
        r.Say("all", all);
        var swapped = new int[2 * r.Size];
        await r.World.StartAllToAll(Datatype.Of<int>().From<int>(all.AsMemory()), Datatype.Of<int>().Into(swapped.AsMemory()));
        r.Say("swapped", swapped);
    }

    public static void SeveralThingsPackedIntoOneMessage(RankContext r)
    {
        using var odd = Datatype.Of<int>().Vector(2, 1, 2);
        var room = new byte[odd.PackSize(1) + Datatype.Of<double>().PackSize(3)];
        var position = 0;
        Datatype.Pack(odd.From<int>(new[] { r.Rank, -1, 5 }), room, ref position);
        Datatype.Pack(Datatype.Of<double>().From<double>(new[] { 0.5, r.Rank, 2 }), room, ref position);
        var got = new byte[room.Length];
        var status = r.World.SendReceive(
            Datatype.Packed.From<byte>(room, position), r.Next, Datatype.Packed.Into(got.AsSpan()), r.Previous);
        Expect(status.ByteCount == position);
        var (ints, doubles) = (new int[2], new double[3]);
        position = 0;
        Datatype.Unpack(got, ref position, Datatype.Of<int>().Into(ints.AsSpan()));
        Datatype.Unpack(got, ref position, Datatype.Of<double>().Into(doubles.AsSpan()));
        r.Say("ints", ints);
        r.Say("doubles", doubles);
        Expect(Datatype.Pack(odd.From<int>(new int[3])).Length >= 8);
        var end = 0;
        r.Say($"no room {ErrorOf(() => Datatype.Pack(Datatype.Of<int>().From<int>(new int[3]), new byte[8], ref end))}");
    }

    public static void PackedForAnyMachine(RankContext r)
    {
        using var odd = Datatype.Of<int>().Vector(2, 1, 2);
        var packed = Datatype.PackExternal(odd.From<int>(new[] { 1, -1, 0x01020304 }));
        r.Say("ints", packed);
        r.Say("double", Datatype.PackExternal(Datatype.Of<double>().From<double>(new[] { 1.5 })));
        r.Say("short", Datatype.PackExternal(Datatype.Of<short>().From<short>(new short[] { 258, -2 })));
        var back = new[] { -9, -9, -9 };
        Datatype.UnpackExternal(packed, odd.Into(back.AsSpan()));
        r.Say("back", back);
        r.Say($"too short {ErrorOf(() => Datatype.UnpackExternal(new byte[7], odd.Into(new int[3].AsSpan())))}");
    }

    public static void AMatchedMessageIsReceivedAsADatatype(RankContext r)
    {
        var send = r.World.StartSend<int>(new[] { r.Rank, 7 }, r.Next, 9);
        using var odd = Datatype.Of<int>().Vector(2, 1, 2);
        var message = r.World.MatchedProbe(r.Previous, 9);
        var got = new[] { -1, -1, -1 };
        var status = message.Receive(odd.Into(got.AsSpan()));
        send.Wait();
        r.Say($"{status.GetCount(odd)} {status.Source == r.Previous}", got);
        r.Say($"{ErrorOf(() => status.GetCount(Datatype.Of<Int128>().Contiguous(3)))}");
    }

    public static void DataOfADatatypeIsSentInEveryMode(RankContext r)
    {
        using var odd = Datatype.Of<int>().Vector(2, 1, 2);
        using (BufferedSendSpace.Attach(odd.PackSize(1)))
        {
            r.World.SendBuffered(odd.From<int>(new[] { r.Rank, -1, 1 }), r.Next, 3);
            r.Say("buffered", Received(r, odd, 3));
        }
        var receive = r.World.StartReceive(new int[2].AsMemory(), r.Previous, 4);
        r.World.SendSynchronous(odd.From<int>(new[] { r.Rank, -1, 2 }), r.Next, 4);
        receive.Wait();
        if (r.Rank == 0)
        {
            r.World.Send(odd.From<int>(new int[3]), Mpi.ProcNull);
            r.Say($"nobody {r.World.Receive(odd.Into(new int[3].AsSpan()), Mpi.ProcNull).ByteCount}");
        }

        static int[] Received(RankContext r, Datatype type, int tag)
        {
            var got = new int[3];
            r.World.Receive(type.Into(got.AsSpan()), r.Previous, tag);
            return got;
        }
    }

    public static void WhatReachesBeyondTheBufferIsRefused(RankContext r)
    {
        using var column = Datatype.Of<double>().Vector(3, 1, 4);
        using var before = Datatype.Of<int>().IndexedBytes([1], [-4]);
        var refused = 0;
        foreach (var call in new Action[]
        {
            () => r.World.Send(column.From<double>(new double[8]), r.Next),
            () => r.World.Send(column.From<double>(new double[9], 2), r.Next),
            () => r.World.Receive(before.Into(new int[4].AsSpan()), r.Next),
            () => _ = Datatype.Of<int>().Subarray([4], [3], [2]),
            () => _ = Datatype.Of<int>().Indexed([1, 2], [0]),
            () => _ = Datatype.Of<int>().Contiguous(-1),
            () => r.World.Gather(column.From<double>(new double[9]), column.Into(new double[(9 * r.Size) + 6].AsSpan(), r.Size + 1), r.Rank),
            () => r.World.AllToAllW(new byte[4], [], new byte[4], []),
        })
        {
            try
            {
                call();
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        r.Say($"refused {(r.Size == 1 ? refused + 1 : refused)}");
    }

    public static void AFreedDatatypeIsRefusedAndWhatWasMadeOfItStays(RankContext r)
    {
        var three = Datatype.Of<int>().Contiguous(3);
        using var six = three.Contiguous(2);
        three.Dispose();
        three.Dispose();
        Datatype.Of<int>().Dispose();
        try
        {
            r.World.Send(three.From<int>(new int[3]), r.Next);
        }
        catch (ObjectDisposedException)
        {
            r.Say("refused");
        }
        var got = new int[6];
        r.World.SendReceive(six.From<int>(Enumerable.Range(r.Rank, 6).ToArray()), r.Next, six.Into(got.AsSpan()), r.Previous);
        r.Say("got", got);
    }

    public static void DroppedDatatypesAreFreedByTheCollector(RankContext r)
    {
        for (var i = 0; i < 200; i++)
        {
            _ = Datatype.Of<double>().Vector(5, 1, 3 + i);
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var got = new double[2];
        using var odd = Datatype.Of<double>().Vector(2, 1, 2);
        r.World.SendReceive(odd.From<double>(new[] { 1.0, 2, 3 }), r.Next, Datatype.Of<double>().Into(got.AsSpan()), r.Previous);
        r.Say("still works", got);
    }

    private static void Tell(RankContext r, string name, Datatype type) =>
        r.Say($"{name}: {type.Size} bytes in {type.Extent} from {type.LowerBound}, data {type.TrueExtent} from {type.TrueLowerBound}");
}
