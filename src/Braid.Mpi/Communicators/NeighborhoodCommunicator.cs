using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>A communicator whose ranks have neighbours, and collectives among these.</summary>
public abstract unsafe partial class NeighborhoodCommunicator : Communicator
{
    private static readonly nint Nowhere = (nint)NativeMemory.Alloc(1);

    private protected NeighborhoodCommunicator(nint handle) : base(handle)
    {
    }

    /// <summary>How many neighbours send to this rank. In a grid two for each dimension, the lower first, those beyond an edge
    /// included.</summary>
    public abstract int SourceCount { get; }

    /// <summary>How many neighbours this rank sends to.</summary>
    public abstract int DestinationCount { get; }

    /// <summary>Sends the same to all neighbours; receives one block from each. Blocks from beyond an edge stay as they were.</summary>
    public void NeighborAllGather<T>(ReadOnlySpan<T> send, Span<T> receive) where T : unmanaged
    {
        CheckLength(receive.Length, (long)send.Length * SourceCount, nameof(receive), "one block of the sent length for each source");
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.NeighborAllGather(
                    from, send.Length, TypeOf<T>.Handle, Place(to), send.Length, TypeOf<T>.Handle, Handle, null),
                "MPI_Neighbor_allgather");
        }
    }

    /// <summary>Sends one block to each neighbour; receives one from each.</summary>
    public void NeighborAllToAll<T>(ReadOnlySpan<T> send, Span<T> receive) where T : unmanaged
    {
        var block = SwappedBlock(send.Length, receive.Length);
        if (HasSmallRing && SmallRings.OrderOf(varying: false, started: false) != BlockOrder.Right)
        {
            NeighborAllToAllV(send, Equal(block, DestinationCount), receive, Equal(block, SourceCount));
            return;
        }
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.NeighborAllToAll(
                    Place(from), block, TypeOf<T>.Handle, Place(to), block, TypeOf<T>.Handle, Handle, null),
                "MPI_Neighbor_alltoall");
        }
    }

    /// <summary>Sends the same to all neighbours; receives blocks of different lengths, one after the other.</summary>
    public void NeighborAllGatherV<T>(ReadOnlySpan<T> send, Span<T> receive, ReadOnlySpan<int> counts) where T : unmanaged
    {
        var layout = new BlockLayout(counts, default, SourceCount, receive.Length, nameof(receive));
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* lengths = layout.Counts)
        fixed (int* offsets = layout.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.NeighborAllGatherV(
                    from, send.Length, TypeOf<T>.Handle, to, lengths, offsets, TypeOf<T>.Handle, Handle, null),
                "MPI_Neighbor_allgatherv");
        }
    }

    /// <summary>Sends blocks of different lengths, one to each neighbour; receives blocks of different lengths.</summary>
    public void NeighborAllToAllV<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<int> sendCounts, Span<T> receive, ReadOnlySpan<int> receiveCounts) where T : unmanaged
    {
        var outgoing = new BlockLayout(sendCounts, default, DestinationCount, send.Length, nameof(send));
        var incoming = Incoming(receiveCounts, receive.Length, started: false);
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* outLengths = outgoing.Counts, outOffsets = outgoing.Displacements)
        fixed (int* inLengths = incoming.Counts, inOffsets = incoming.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.NeighborAllToAllV(
                    from, outLengths, outOffsets, TypeOf<T>.Handle, to, inLengths, inOffsets, TypeOf<T>.Handle, Handle, null),
                "MPI_Neighbor_alltoallv");
        }
    }

    /// <summary>
    /// An address for the empty buffer of a rank without neighbours, which nobody reads or writes. MPICH 4.0 refuses none, and Open MPI 4.1 takes a count of 0 on
    /// one side to mean that there is nothing to do on the other.
    /// </summary>
    private static void* Place(void* address) => address == null ? (void*)Nowhere : address;

    /// <summary>Whether both neighbours along a dimension may be the same rank.</summary>
    private protected virtual bool HasSmallRing => false;

    /// <summary>Lets the blocks of small rings change places, so that an MPI of that order puts them where they belong.</summary>
    private protected virtual void RearrangeSmallRings(BlockLayout layout, BlockOrder order)
    {
    }

    /// <summary>Where the blocks from the neighbours go, such that MPI puts them there.</summary>
    private BlockLayout Incoming(ReadOnlySpan<int> counts, int length, bool started)
    {
        var layout = new BlockLayout(counts, default, SourceCount, length, "receive");
        if (HasSmallRing)
        {
            RearrangeSmallRings(layout, SmallRings.OrderOf(varying: true, started));
        }
        return layout;
    }

    private static int[] Equal(int block, int blocks)
    {
        var counts = new int[blocks];
        Array.Fill(counts, block);
        return counts;
    }

    private int SwappedBlock(int sent, int received)
    {
        var block = DestinationCount == 0 ? (SourceCount == 0 ? 0 : received / SourceCount) : sent / DestinationCount;
        CheckLength(sent, (long)block * DestinationCount, "send", "one block of equal length for each destination");
        CheckLength(received, (long)block * SourceCount, "receive", "one block of the sent length for each source");
        return block;
    }
}
