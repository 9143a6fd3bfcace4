using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>How the collectives that move data go: trees for what all share, rings and pairs for what all swap.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    private void Barrier(EmbeddedCommunicator of, int tag)
    {
        if (of.IsInter)
        {
            BarrierAcross(of, tag);
            return;
        }
        var nothing = new Part(null, 0, _types[Type(BasicType.Byte)]);
        for (var distance = 1; distance < of.Size; distance <<= 1)
        {
            Swap(of, nothing, (of.Rank + distance) % of.Size, nothing, (of.Rank - distance + of.Size) % of.Size, tag);
        }
    }

    private void Broadcast(EmbeddedCommunicator of, void* buffer, long count, EmbeddedType type, int root, int tag)
    {
        if (of.IsInter)
        {
            BroadcastAcross(of, buffer, count, type, root, tag);
            return;
        }
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
        if (of.IsInter)
        {
            GatherAcross(of, send, sendCount, sendType, receive, root, tag);
            return;
        }
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
        if (of.IsInter)
        {
            ScatterAcross(of, send, receive, receiveCount, receiveType, root, tag);
            return;
        }
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
        if (of.IsInter)
        {
            SwapAcross(of, _ => new(send, sendCount, sendType), receive.Part, tag);
            return;
        }
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
            Swap(of, receive.Part(have), right, receive.Part(get), left, tag);
        }
    }

    private void AllToAll(EmbeddedCommunicator of, Blocks send, Blocks receive, int tag)
    {
        if (of.IsInter)
        {
            SwapAcross(of, send.Part, receive.Part, tag);
            return;
        }
        Copy(send.Part(of.Rank), receive.Part(of.Rank));
        for (var step = 1; step < of.Size; step++)
        {
            var (to, from) = ((of.Rank + step) % of.Size, (of.Rank - step + of.Size) % of.Size);
            Swap(of, send.Part(to), to, receive.Part(from), from, tag);
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

    /// <summary>Swaps with all neighbours. In a grid the two sides of a dimension may be one rank: the tag says through which side a block
    /// comes in.</summary>
    private void Neighbors(EmbeddedCommunicator of, Func<int, Part> send, Blocks receive, int tag)
    {
        if (of.Dimensions is not null)
        {
            int[] sides =
            [
                .. Enumerable.Range(0, of.Dimensions.Length).SelectMany(d => new[] { of.Shift(d, 1).Source, of.Shift(d, 1).Destination }),
            ];
            SwapAll(of, sides, sides, send, receive.Part, i => tag + (i ^ 1), i => tag + i);
        }
        else if (of is { Sources: not null, Destinations: not null })
        {
            SwapAll(of, of.Sources, of.Destinations, send, receive.Part, _ => tag, _ => tag);
        }
        else
        {
            throw Failure(MpiErrorClass.Topology, "neighbourhood collective", "the communicator has no topology.");
        }
    }

    /// <summary>Receives a part from each source and sends one to each destination, whatever order the others go in.</summary>
    private void SwapAll(
        EmbeddedCommunicator of, int[] sources, int[] destinations, Func<int, Part> send, Func<int, Part> receive, Func<int, int> sendTag,
        Func<int, int> receiveTag)
    {
        var receives = new Operation?[sources.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            if (sources[i] != Mpi.ProcNull)
            {
                var room = receive(i);
                receives[i] = new() { IsReceive = true };
                Start(receives[i]!, of, Stream.Collective, room.Start, room.Count, room.Type, sources[i], receiveTag(i));
            }
        }
        for (var i = 0; i < destinations.Length; i++)
        {
            if (destinations[i] != Mpi.ProcNull)
            {
                var part = send(i);
                Send(of, Stream.Collective, part.Start, part.Count, part.Type, destinations[i], sendTag(i));
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

    private void Swap(EmbeddedCommunicator of, Part send, int to, Part receive, int from, int tag)
    {
        var operation = new Operation { IsReceive = true };
        Start(operation, of, Stream.Collective, receive.Start, receive.Count, receive.Type, from, tag);
        Send(of, Stream.Collective, send.Start, send.Count, send.Type, to, tag);
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

    private static void Copy(Part from, Part to) => Copy(from.Start, from.Count, from.Type, to.Start, to.Count, to.Type);

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
}
