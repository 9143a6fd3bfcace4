using System.Buffers;

namespace Braid.Mpi;

/// <content>Collectives among neighbours that are completed later, or awaited.</content>
public abstract unsafe partial class NeighborhoodCommunicator
{
    /// <summary>Starts a <see cref="NeighborAllGather{T}"/>.</summary>
    public Request StartNeighborAllGather<T>(ReadOnlyMemory<T> send, Memory<T> receive) where T : unmanaged
    {
        CheckLength(receive.Length, (long)send.Length * SourceCount, nameof(receive), "one block of the sent length for each source");
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.NeighborAllGather(
            from.Pointer, send.Length, TypeOf<T>.Handle, Place(to.Pointer), send.Length, TypeOf<T>.Handle, Handle, &request);
        return Started(code, request, new(from, to), "MPI_Ineighbor_allgather");
    }

    /// <summary>Starts a <see cref="NeighborAllToAll{T}"/>.</summary>
    public Request StartNeighborAllToAll<T>(ReadOnlyMemory<T> send, Memory<T> receive) where T : unmanaged
    {
        var block = SwappedBlock(send.Length, receive.Length);
        if (HasSmallRing && SmallRings.OrderOf(varying: false, started: true) != BlockOrder.Right)
        {
            return StartNeighborAllToAllV(send, Equal(block, DestinationCount), receive, Equal(block, SourceCount));
        }
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.NeighborAllToAll(
            Place(from.Pointer), block, TypeOf<T>.Handle, Place(to.Pointer), block, TypeOf<T>.Handle, Handle, &request);
        return Started(code, request, new(from, to), "MPI_Ineighbor_alltoall");
    }

    /// <summary>Starts a <see cref="NeighborAllGatherV{T}"/>.</summary>
    public Request StartNeighborAllGatherV<T>(ReadOnlyMemory<T> send, Memory<T> receive, ReadOnlySpan<int> counts) where T : unmanaged
    {
        var layout = new PinnedLayout(new(counts, default, SourceCount, receive.Length, nameof(receive)));
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.NeighborAllGatherV(
            from.Pointer, send.Length, TypeOf<T>.Handle, to.Pointer, layout.Counts, layout.Displacements, TypeOf<T>.Handle, Handle,
            &request);
        return Started(code, request, new(from, to, layout), "MPI_Ineighbor_allgatherv");
    }

    /// <summary>Starts a <see cref="NeighborAllToAllV{T}"/>.</summary>
    public Request StartNeighborAllToAllV<T>(
        ReadOnlyMemory<T> send, ReadOnlySpan<int> sendCounts, Memory<T> receive, ReadOnlySpan<int> receiveCounts) where T : unmanaged
    {
        var layouts = new PinnedLayouts(
            new(new(sendCounts, default, DestinationCount, send.Length, nameof(send))),
            new(Incoming(receiveCounts, receive.Length, started: true)));
        nint request;
        MemoryHandle from = send.Pin(), to = receive.Pin();
        var code = Runtime.Backend.NeighborAllToAllV(
            from.Pointer, layouts.Outgoing.Counts, layouts.Outgoing.Displacements, TypeOf<T>.Handle,
            to.Pointer, layouts.Incoming.Counts, layouts.Incoming.Displacements, TypeOf<T>.Handle, Handle, &request);
        return Started(code, request, new(from, to, layouts), "MPI_Ineighbor_alltoallv");
    }
}
