using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>How the collectives go: trees for what all share, rings and pairs for what all swap.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    /// <summary>From here on a commutative all-reduce goes around a ring in blocks, so that all ranks add at once.</summary>
    private const long RingReduceBytes = 32 << 10;
    private const long RingSliceBytes = 256 << 10;

    private void Barrier(EmbeddedCommunicator of, int tag)
    {
        var nothing = _types[Type(BasicType.Byte)];
        for (var distance = 1; distance < of.Size; distance <<= 1)
        {
            Swap(
                of, null, 0, nothing, (of.Rank + distance) % of.Size,
                null, 0, nothing, (of.Rank - distance + of.Size) % of.Size, tag);
        }
    }

    private void Broadcast(EmbeddedCommunicator of, void* buffer, long count, EmbeddedType type, int root, int tag)
    {
        var place = (of.Rank - root + of.Size) % of.Size;
        var mask = 1;
        for (; mask < of.Size; mask <<= 1)
        {
            if ((place & mask) != 0)
            {
                ReceiveNow(of, Stream.Collective, buffer, count, type, (of.Rank - mask + of.Size) % of.Size, tag);
                break;
            }
        }
        for (mask >>= 1; mask > 0; mask >>= 1)
        {
            if (place + mask < of.Size)
            {
                Send(of, Stream.Collective, buffer, count, type, (of.Rank + mask) % of.Size, tag);
            }
        }
    }

    private void Gather(EmbeddedCommunicator of, void* send, int sendCount, EmbeddedType sendType, Blocks receive, int root, int tag)
    {
        if (of.Rank != root)
        {
            Send(of, Stream.Collective, send, sendCount, sendType, root, tag);
            return;
        }
        for (var rank = 0; rank < of.Size; rank++)
        {
            if (rank != root)
            {
                ReceiveNow(of, Stream.Collective, receive.At(rank), receive.Count(rank), receive.Type, rank, tag);
            }
            else if (send != InPlace)
            {
                Copy(send, sendCount, sendType, receive.At(rank), receive.Count(rank), receive.Type);
            }
        }
    }

    private void Scatter(EmbeddedCommunicator of, Blocks send, void* receive, int receiveCount, EmbeddedType receiveType, int root, int tag)
    {
        if (of.Rank != root)
        {
            ReceiveNow(of, Stream.Collective, receive, receiveCount, receiveType, root, tag);
            return;
        }
        for (var rank = 0; rank < of.Size; rank++)
        {
            if (rank != root)
            {
                Send(of, Stream.Collective, send.At(rank), send.Count(rank), send.Type, rank, tag);
            }
            else if (receive != InPlace)
            {
                Copy(send.At(rank), send.Count(rank), send.Type, receive, receiveCount, receiveType);
            }
        }
    }

    private void AllGather(EmbeddedCommunicator of, void* send, int sendCount, EmbeddedType sendType, Blocks receive, int tag)
    {
        if (send != InPlace)
        {
            Copy(send, sendCount, sendType, receive.At(of.Rank), receive.Count(of.Rank), receive.Type);
        }
        // Around the ring: what came last goes on.
        var (right, left) = ((of.Rank + 1) % of.Size, (of.Rank - 1 + of.Size) % of.Size);
        for (var step = 0; step < of.Size - 1; step++)
        {
            var have = (of.Rank - step + of.Size) % of.Size;
            var get = (have - 1 + of.Size) % of.Size;
            Swap(
                of, receive.At(have), receive.Count(have), receive.Type, right,
                receive.At(get), receive.Count(get), receive.Type, left, tag);
        }
    }

    private void AllToAll(EmbeddedCommunicator of, Blocks send, Blocks receive, int tag)
    {
        Copy(
            send.At(of.Rank), send.Count(of.Rank), send.Type, receive.At(of.Rank), receive.Count(of.Rank), receive.Type);
        for (var step = 1; step < of.Size; step++)
        {
            var (to, from) = ((of.Rank + step) % of.Size, (of.Rank - step + of.Size) % of.Size);
            Swap(of, send.At(to), send.Count(to), send.Type, to, receive.At(from), receive.Count(from), receive.Type, from, tag);
        }
    }

    private void AllToAllInPlace(EmbeddedCommunicator of, Blocks blocks, int tag)
    {
        // The data of all blocks, packed one after the other: what is sent is overwritten before its turn.
        var size = blocks.Type.Size;
        var bytes = Enumerable.Range(0, of.Size).Sum(rank => blocks.Count(rank) * size);
        var copy = (byte*)NativeMemory.Alloc(checked((nuint)Math.Max(1, bytes)));
        try
        {
            var (counts, starts) = (new int[of.Size], new int[of.Size]);
            long next = 0;
            for (var rank = 0; rank < of.Size; rank++)
            {
                blocks.Type.Pack(blocks.At(rank), blocks.Count(rank), copy + next);
                (counts[rank], starts[rank]) = (checked((int)(blocks.Count(rank) * size)), checked((int)next));
                next += counts[rank];
            }
            fixed (int* lengths = counts, offsets = starts)
            {
                AllToAll(of, new(copy, lengths, offsets, _types[Type(BasicType.Byte)]), blocks, tag);
            }
        }
        finally
        {
            NativeMemory.Free(copy);
        }
    }

    /// <summary>Up a tree over neighbouring ranks, so that the order of the ranks is kept whatever the operation; then from rank 0 to the
    /// root.</summary>
    private void Reduce(
        EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, int root, int tag)
    {
        using var work = new WorkMemory(count, type);
        Copy(send, count, type, work.First, count, type);
        var (mine, other) = ((nint)work.First, (nint)work.Second);
        for (var mask = 1; mask < of.Size; mask <<= 1)
        {
            if ((of.Rank & mask) != 0)
            {
                Send(of, Stream.Collective, (void*)mine, count, type, of.Rank - mask, tag);
                break;
            }
            if (of.Rank + mask < of.Size)
            {
                ReceiveNow(of, Stream.Collective, (void*)other, count, type, of.Rank + mask, tag);
                op.Apply((void*)mine, (void*)other, count, type);
                (mine, other) = (other, mine);
            }
        }
        if (of.Rank == 0 && root != 0)
        {
            Send(of, Stream.Collective, (void*)mine, count, type, root, tag + 1);
        }
        else if (of.Rank == root && root != 0)
        {
            ReceiveNow(of, Stream.Collective, receive, count, type, 0, tag + 1);
        }
        else if (of.Rank == 0)
        {
            Copy((void*)mine, count, type, receive, count, type);
        }
    }

    private void AllReduce(EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, int tag)
    {
        if (op.IsCommutative && type.IsContiguous && of.Size > 1 && count >= of.Size && count * type.Size >= RingReduceBytes)
        {
            RingReduce(of, send, receive, count, type, op, tag);
            return;
        }
        Reduce(of, send, receive, count, type, op, 0, tag);
        Broadcast(of, receive, count, type, 0, tag + 2);
    }

    private void RingReduce(EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, int tag)
    {
        var ranks = of.Size;
        long Start(int block) => count * block / ranks;
        byte* At(void* buffer, int block) => (byte*)buffer + (Start(block) * type.Extent);
        long Length(int block) => Start(block + 1) - Start(block);
        var (right, left) = ((of.Rank + 1) % ranks, (of.Rank - 1 + ranks) % ranks);
        // In slices that stay in the cache between the copy and the sum; all ranks take as many.
        var slice = Math.Max(1, RingSliceBytes / type.Size);
        using var work = new WorkMemory(slice, type);
        for (var step = 0; step < ranks - 1; step++)
        {
            var (give, get) = ((of.Rank - step + ranks) % ranks, (of.Rank - step - 1 + ranks) % ranks);
            // The first block that goes round is the rank's own.
            var from = step == 0 ? send : receive;
            for (long start = 0; start <= count / ranks; start += slice)
            {
                var skipped = start * type.Extent;
                var (giving, getting) = (Math.Clamp(Length(give) - start, 0, slice), Math.Clamp(Length(get) - start, 0, slice));
                var target = At(receive, get) + skipped;
                Swap(of, At(from, give) + skipped, giving, type, right, work.First, getting, type, left, tag);
                if (send != receive)
                {
                    Copy(At(send, get) + skipped, getting, type, target, getting, type);
                }
                op.Apply(work.First, target, getting, type);
            }
        }
        for (var step = 0; step < ranks - 1; step++)
        {
            var (give, get) = ((of.Rank + 1 - step + ranks) % ranks, (of.Rank - step + ranks) % ranks);
            Swap(of, At(receive, give), Length(give), type, right, At(receive, get), Length(get), type, left, tag + 1);
        }
    }

    private void ReduceScatter(
        EmbeddedCommunicator of, void* send, void* receive, Func<int, int> blockCount, EmbeddedType type, EmbeddedOp op, int tag)
    {
        var (counts, displacements) = (new int[of.Size], new int[of.Size]);
        var total = 0;
        for (var rank = 0; rank < of.Size; rank++)
        {
            (counts[rank], displacements[rank]) = (blockCount(rank), total);
            total = checked(total + counts[rank]);
        }
        using var work = new WorkMemory(of.Rank == 0 ? total : 0, type);
        Reduce(of, send, work.First, total, type, op, 0, tag);
        fixed (int* lengths = counts, offsets = displacements)
        {
            Scatter(of, new(work.First, lengths, offsets, type), receive, counts[of.Rank], type, 0, tag + 2);
        }
    }

    private void Scan(
        EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, bool exclusive, int tag)
    {
        using var work = new WorkMemory(count, type);
        Copy(send, count, type, work.First, count, type);
        if (of.Rank > 0)
        {
            ReceiveNow(of, Stream.Collective, work.Second, count, type, of.Rank - 1, tag);
            op.Apply(work.Second, work.First, count, type);
        }
        if (of.Rank < of.Size - 1)
        {
            Send(of, Stream.Collective, work.First, count, type, of.Rank + 1, tag);
        }
        if (!exclusive)
        {
            Copy(work.First, count, type, receive, count, type);
        }
        else if (of.Rank > 0)
        {
            Copy(work.Second, count, type, receive, count, type);
        }
    }

    /// <summary>Swaps with all neighbours. In a grid the two sides of a dimension may be one rank: the tag says through which side a block
    /// comes in.</summary>
    private void Neighbors(EmbeddedCommunicator of, Func<int, (nint Start, int Count)> send, EmbeddedType sendType, Blocks receive, int tag)
    {
        var (sources, destinations) = (of.Sources, of.Destinations);
        var grid = of.Dimensions is not null;
        if (grid)
        {
            sources = destinations =
            [
                .. Enumerable.Range(0, of.Dimensions!.Length).SelectMany(d => new[] { of.Shift(d, 1).Source, of.Shift(d, 1).Destination }),
            ];
        }
        if (sources is null || destinations is null)
        {
            throw Failure(MpiErrorClass.Topology, "neighbourhood collective", "the communicator has no topology.");
        }
        var receives = new Operation?[sources.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            if (sources[i] != Mpi.ProcNull)
            {
                receives[i] = new() { IsReceive = true };
                Start(receives[i]!, of, Stream.Collective, receive.At(i), receive.Count(i), receive.Type, sources[i], grid ? tag + i : tag);
            }
        }
        for (var i = 0; i < destinations.Length; i++)
        {
            if (destinations[i] != Mpi.ProcNull)
            {
                var (start, count) = send(i);
                Send(of, Stream.Collective, (void*)start, count, sendType, destinations[i], grid ? tag + (i ^ 1) : tag);
            }
        }
        foreach (var operation in receives)
        {
            if (operation is not null)
            {
                _engine.Wait(operation);
                ThrowIfFailed(operation);
            }
        }
    }

    private void Swap(
        EmbeddedCommunicator of, void* send, long sendCount, EmbeddedType sendType, int to,
        void* receive, long receiveCount, EmbeddedType receiveType, int from, int tag)
    {
        var operation = new Operation { IsReceive = true };
        Start(operation, of, Stream.Collective, receive, receiveCount, receiveType, from, tag);
        Send(of, Stream.Collective, send, sendCount, sendType, to, tag);
        _engine.Wait(operation);
        ThrowIfFailed(operation);
    }

    private void ReceiveNow(EmbeddedCommunicator of, Stream stream, void* buffer, long count, EmbeddedType type, int source, int tag)
    {
        var operation = Engine.Rent();
        Start(operation, of, stream, buffer, count, type, source, tag);
        _engine.Wait(operation);
        ThrowIfFailed(operation);
        Engine.Return(operation);
    }

    private static void ThrowIfFailed(Operation operation)
    {
        if (operation.Error != MpiErrorClass.Success)
        {
            throw Failure(operation.Error, "collective", "the ranks disagree about the length: a message is longer than the place for it.");
        }
    }

    private static void Copy(void* from, long fromCount, EmbeddedType fromType, void* to, long toCount, EmbeddedType toType)
    {
        if (fromType.IsContiguous && toType.IsContiguous)
        {
            var room = toCount * toType.Size;
            Buffer.MemoryCopy(from, to, room, Math.Min(room, fromCount * fromType.Size));
            return;
        }
        var packed = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, fromCount * fromType.Size));
        fromType.Pack(from, fromCount, packed);
        toType.Unpack(packed, fromCount * fromType.Size, to, toCount);
        NativeMemory.Free(packed);
    }

    /// <summary>
    /// Two buffers for so many elements. The last ones given back are kept for the next: memory fresh from the system can cost more than
    /// the collective (an all-reduce of 8 MiB took 43 ms with fresh memory for whole blocks, and takes 1.7 in slices of this).
    /// </summary>
    private readonly ref struct WorkMemory
    {
        private const long KeptBytesMax = 32 << 20;

        private static WorkBlock? _kept;
        private readonly WorkBlock _block;

        public WorkMemory(long count, EmbeddedType type)
        {
            var bytes = Math.Max(1, count * type.Extent);
            var block = Interlocked.Exchange(ref _kept, null);
            if (block is null || block.Bytes < 2 * bytes)
            {
                block?.Free();
                block = new(2 * bytes);
            }
            _block = block;
            Second = block.Start + bytes;
            if (!type.IsContiguous)
            {
                // An operation of the program's own sees the gaps too.
                NativeMemory.Clear(First, (nuint)(2 * bytes));
            }
        }

        public void* First => _block.Start;

        public void* Second { get; }

        public void Dispose()
        {
            if (_block.Bytes > KeptBytesMax || Interlocked.CompareExchange(ref _kept, _block, null) is not null)
            {
                _block.Free();
            }
        }
    }

    private sealed class WorkBlock(long bytes)
    {
        public long Bytes => bytes;

        public byte* Start { get; } = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);

        public void Free() => NativeMemory.AlignedFree(Start);
    }
}
