using System.Buffers;

namespace Braid.Mpi;

/// <content>Collectives that are started and go on by themselves; await the request or complete it later.</content>
public unsafe partial class Communicator
{
    /// <summary>Starts a <see cref="Barrier"/>.</summary>
    public Request StartBarrier()
    {
        nint request;
        return Started(Runtime.Backend.Barrier(Handle, &request), request, default, "MPI_Ibarrier");
    }

    /// <summary>Starts a <see cref="Broadcast"/>.</summary>
    public Request StartBroadcast<T>(Memory<T> buffer, int root = 0) where T : unmanaged
    {
        nint request;
        var pin = buffer.Pin();
        var code = Runtime.Backend.Broadcast(pin.Pointer, buffer.Length, TypeOf<T>.Handle, root, Handle, &request);
        return Started(code, request, new(pin), "MPI_Ibcast");
    }

    /// <summary>Starts a <see cref="Gather{T}(ReadOnlySpan{T}, Span{T}, int)"/>.</summary>
    public Request StartGather<T>(ReadOnlyMemory<T> send, Memory<T> receive, int root = 0) where T : unmanaged
    {
        if (IsRoot(root))
        {
            CheckLength(
                receive.Length, (long)BlockOf(send.Length, receive.Length) * Peers, nameof(receive),
                "one block of the sent length for each rank");
        }
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.Gather(
            from.Pointer, send.Length, TypeOf<T>.Handle, to.Pointer, BlockOf(send.Length, receive.Length), TypeOf<T>.Handle, root, Handle,
            &request);
        return Started(code, request, new(from, to), "MPI_Igather");
    }

    /// <summary>Starts a <see cref="Scatter{T}(ReadOnlySpan{T}, Span{T}, int)"/>.</summary>
    public Request StartScatter<T>(ReadOnlyMemory<T> send, Memory<T> receive, int root = 0) where T : unmanaged
    {
        if (IsRoot(root))
        {
            CheckLength(
                send.Length, (long)BlockOf(receive.Length, send.Length) * Peers, nameof(send),
                "one block of the received length for each rank");
        }
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.Scatter(
            from.Pointer, BlockOf(receive.Length, send.Length), TypeOf<T>.Handle, to.Pointer, receive.Length, TypeOf<T>.Handle, root, Handle,
            &request);
        return Started(code, request, new(from, to), "MPI_Iscatter");
    }

    /// <summary>Starts an <see cref="AllGather{T}(ReadOnlySpan{T}, Span{T})"/>.</summary>
    public Request StartAllGather<T>(ReadOnlyMemory<T> send, Memory<T> receive) where T : unmanaged
    {
        var block = BlockOf(send.Length, receive.Length);
        CheckLength(receive.Length, (long)block * Peers, nameof(receive), "one block of the sent length for each rank");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.AllGather(
            from.Pointer, send.Length, TypeOf<T>.Handle, to.Pointer, block, TypeOf<T>.Handle, Handle, &request);
        return Started(code, request, new(from, to), "MPI_Iallgather");
    }

    /// <summary>Starts an <see cref="AllToAll"/>.</summary>
    public Request StartAllToAll<T>(ReadOnlyMemory<T> send, Memory<T> receive) where T : unmanaged
    {
        var block = send.Length / Peers;
        CheckLength(send.Length, (long)block * Peers, nameof(send), "one block of equal length for each rank");
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.AllToAll(
            from.Pointer, block, TypeOf<T>.Handle, to.Pointer, block, TypeOf<T>.Handle, Handle, &request);
        return Started(code, request, new(from, to), "MPI_Ialltoall");
    }

    /// <summary>Starts a <see cref="GatherV"/> with one block after the other.</summary>
    public Request StartGatherV<T>(ReadOnlyMemory<T> send, Memory<T> receive, ReadOnlySpan<int> counts, int root = 0) where T : unmanaged
    {
        var layout = new PinnedLayout(IsRoot(root) ? new(counts, default, Peers, receive.Length, nameof(receive)) : default);
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.GatherV(
            from.Pointer, send.Length, TypeOf<T>.Handle, to.Pointer, layout.Counts, layout.Displacements, TypeOf<T>.Handle, root, Handle,
            &request);
        return Started(code, request, new(from, to, layout), "MPI_Igatherv");
    }

    /// <summary>Starts a <see cref="ScatterV"/> with one block after the other.</summary>
    public Request StartScatterV<T>(ReadOnlyMemory<T> send, ReadOnlySpan<int> counts, Memory<T> receive, int root = 0) where T : unmanaged
    {
        var layout = new PinnedLayout(IsRoot(root) ? new(counts, default, Peers, send.Length, nameof(send)) : default);
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.ScatterV(
            from.Pointer, layout.Counts, layout.Displacements, TypeOf<T>.Handle, to.Pointer, receive.Length, TypeOf<T>.Handle, root, Handle,
            &request);
        return Started(code, request, new(from, to, layout), "MPI_Iscatterv");
    }

    /// <summary>Starts an <see cref="AllGatherV"/> with one block after the other.</summary>
    public Request StartAllGatherV<T>(ReadOnlyMemory<T> send, Memory<T> receive, ReadOnlySpan<int> counts) where T : unmanaged
    {
        var layout = new PinnedLayout(new(counts, default, Peers, receive.Length, nameof(receive)));
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.AllGatherV(
            from.Pointer, send.Length, TypeOf<T>.Handle, to.Pointer, layout.Counts, layout.Displacements, TypeOf<T>.Handle, Handle,
            &request);
        return Started(code, request, new(from, to, layout), "MPI_Iallgatherv");
    }

    /// <summary>Starts a <see cref="Reduce{T}(ReadOnlySpan{T}, Span{T}, Op, int)"/>.</summary>
    public Request StartReduce<T>(ReadOnlyMemory<T> send, Memory<T> receive, Op op, int root = 0) where T : unmanaged
    {
        if (IsRoot(root) && !IsInter)
        {
            CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        }
        var count = IsInter && root == Mpi.Root ? receive.Length : send.Length;
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.Reduce(
            from.Pointer, to.Pointer, count, TypeOf<T>.Handle, op.HandleFor<T>(), root, Handle, &request);
        return Started(code, request, new(from, to), "MPI_Ireduce", op: op);
    }

    /// <summary>Starts an <see cref="AllReduce{T}(ReadOnlySpan{T}, Span{T}, Op)"/>.</summary>
    public Request StartAllReduce<T>(ReadOnlyMemory<T> send, Memory<T> receive, Op op) where T : unmanaged
    {
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.AllReduce(from.Pointer, to.Pointer, send.Length, TypeOf<T>.Handle, op.HandleFor<T>(), Handle, &request);
        return Started(code, request, new(from, to), "MPI_Iallreduce", op: op);
    }

    /// <summary>Starts a <see cref="ReduceScatterBlock"/>.</summary>
    public Request StartReduceScatterBlock<T>(ReadOnlyMemory<T> send, Memory<T> receive, Op op) where T : unmanaged
    {
        var block = send.Length / Size;
        CheckLength(send.Length, (long)block * Size, nameof(send), "one block of equal length for each rank");
        CheckLength(receive.Length, block, nameof(receive), "one block");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.ReduceScatterBlock(
            from.Pointer, to.Pointer, block, TypeOf<T>.Handle, op.HandleFor<T>(), Handle, &request);
        return Started(code, request, new(from, to), "MPI_Ireduce_scatter_block", op: op);
    }

    /// <summary>Starts a <see cref="ReduceScatter{T}"/>.</summary>
    public Request StartReduceScatter<T>(ReadOnlyMemory<T> send, Memory<T> receive, ReadOnlySpan<int> counts, Op op)
        where T : unmanaged
    {
        var layout = new PinnedLayout(new(counts, default, Size, send.Length, nameof(send)));
        CheckLength(receive.Length, counts[Rank], nameof(receive), "this rank's block");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.ReduceScatter(
            from.Pointer, to.Pointer, layout.Counts, TypeOf<T>.Handle, op.HandleFor<T>(), Handle, &request);
        return Started(code, request, new(from, to, layout), "MPI_Ireduce_scatter", op: op);
    }

    /// <summary>Starts an <see cref="AllToAllV{T}"/> with one block after the other.</summary>
    public Request StartAllToAllV<T>(
        ReadOnlyMemory<T> send, ReadOnlySpan<int> sendCounts, Memory<T> receive, ReadOnlySpan<int> receiveCounts) where T : unmanaged
    {
        var layouts = new PinnedLayouts(
            new(new(sendCounts, default, Peers, send.Length, nameof(send))),
            new(new(receiveCounts, default, Peers, receive.Length, nameof(receive))));
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.AllToAllV(
            from.Pointer, layouts.Outgoing.Counts, layouts.Outgoing.Displacements, TypeOf<T>.Handle,
            to.Pointer, layouts.Incoming.Counts, layouts.Incoming.Displacements, TypeOf<T>.Handle, Handle, &request);
        return Started(code, request, new(from, to, layouts), "MPI_Ialltoallv");
    }

    /// <summary>Starts a <see cref="Scan{T}(ReadOnlySpan{T}, Span{T}, Op)"/>.</summary>
    public Request StartScan<T>(ReadOnlyMemory<T> send, Memory<T> receive, Op op) where T : unmanaged
    {
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        var comm = OneGroup("MPI_Iscan");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.Scan(from.Pointer, to.Pointer, send.Length, TypeOf<T>.Handle, op.HandleFor<T>(), comm, &request);
        return Started(code, request, new(from, to), "MPI_Iscan", op: op);
    }

    /// <summary>Starts an <see cref="ExclusiveScan{T}(ReadOnlySpan{T}, Span{T}, Op)"/>; what rank 0 receives is undefined.</summary>
    public Request StartExclusiveScan<T>(ReadOnlyMemory<T> send, Memory<T> receive, Op op) where T : unmanaged
    {
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        var comm = OneGroup("MPI_Iexscan");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.ExclusiveScan(
            from.Pointer, to.Pointer, send.Length, TypeOf<T>.Handle, op.HandleFor<T>(), comm, &request);
        return Started(code, request, new(from, to), "MPI_Iexscan", op: op);
    }
}
