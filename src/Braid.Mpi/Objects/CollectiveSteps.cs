namespace Braid.Mpi.Objects;

/// <summary>
/// The operations on bytes that a collective of objects is made of: of a call that blocks they block, of one that is awaited they are started and
/// awaited. So each collective is written once, and its blocking form pays for nothing but its MPI calls.
/// </summary>
/// <param name="communicator">One group of ranks.</param>
/// <param name="awaits">Whether the operations are awaited.</param>
/// <param name="sides">Where the group is the two of an inter-communicator: how it is made of them.</param>
internal readonly struct CollectiveSteps(Communicator communicator, bool awaits, Sides? sides = null)
{
    public Sides? Sides => sides;

    public int Rank => communicator.Rank;

    public int Size => communicator.Size;

    public ValueTask BroadcastAsync(Memory<byte> buffer, int root)
    {
        if (awaits)
        {
            return Started(communicator.StartBroadcast(buffer, root));
        }
        communicator.Broadcast(buffer.Span, root);
        return default;
    }

    public ValueTask ScatterAsync(ReadOnlyMemory<long> send, Memory<long> receive, int root)
    {
        if (awaits)
        {
            return Started(communicator.StartScatter(send, receive, root));
        }
        communicator.Scatter(send.Span, receive.Span, root);
        return default;
    }

    public ValueTask AllGatherAsync(ReadOnlyMemory<long> send, Memory<long> receive)
    {
        if (awaits)
        {
            return Started(communicator.StartAllGather(send, receive));
        }
        communicator.AllGather(send.Span, receive.Span);
        return default;
    }

    public ValueTask AllToAllAsync(ReadOnlyMemory<long> send, Memory<long> receive)
    {
        if (awaits)
        {
            return Started(communicator.StartAllToAll(send, receive));
        }
        communicator.AllToAll(send.Span, receive.Span);
        return default;
    }

    public ValueTask AllReduceMaxAsync(ReadOnlyMemory<long> send, Memory<long> receive)
    {
        if (awaits)
        {
            return Started(communicator.StartAllReduce(send, receive, Op.Max));
        }
        communicator.AllReduce(send.Span, receive.Span, Op.Max);
        return default;
    }

    public ValueTask GatherVAsync(ReadOnlyMemory<byte> send, Memory<byte> receive, int[] counts, int root)
    {
        if (awaits)
        {
            return Started(communicator.StartGatherV(send, receive, counts, root));
        }
        communicator.GatherV(send.Span, receive.Span, counts, root);
        return default;
    }

    public ValueTask ScatterVAsync(ReadOnlyMemory<byte> send, int[] counts, Memory<byte> receive, int root)
    {
        if (awaits)
        {
            return Started(communicator.StartScatterV(send, counts, receive, root));
        }
        communicator.ScatterV(send.Span, counts, receive.Span, root);
        return default;
    }

    public ValueTask AllGatherVAsync(ReadOnlyMemory<byte> send, Memory<byte> receive, int[] counts)
    {
        if (awaits)
        {
            return Started(communicator.StartAllGatherV(send, receive, counts));
        }
        communicator.AllGatherV(send.Span, receive.Span, counts);
        return default;
    }

    public ValueTask AllToAllVAsync(ReadOnlyMemory<byte> send, int[] sendCounts, Memory<byte> receive, int[] receiveCounts)
    {
        if (awaits)
        {
            return Started(communicator.StartAllToAllV(send, sendCounts, receive, receiveCounts));
        }
        communicator.AllToAllV(send.Span, sendCounts, receive.Span, receiveCounts);
        return default;
    }

    /// <summary>Sends a message, which is let go when it has left.</summary>
    public ValueTask SendAsync(ByteBlock block, int destination)
    {
        var request = communicator.StartSend(block, destination, tag: 0);
        if (awaits)
        {
            return Started(request);
        }
        request.Wait();
        return default;
    }

    public async ValueTask<ByteBlock> ReceiveAsync(int source)
    {
        if (!awaits)
        {
            return communicator.ReceiveBlock(source, tag: 0);
        }
        var (block, _) = await communicator.StartObjectReceive(source, tag: 0, default).Done;
        return block!;
    }

    private static ValueTask Started(Request request) => request.Test(out _) ? default : new(request.AsTask().AsTask());
}
