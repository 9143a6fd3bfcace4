using System.Diagnostics.CodeAnalysis;

namespace Braid.Mpi;

/// <content>Operations of all ranks together; every rank must call them, in the same order.</content>
public unsafe partial class Communicator
{
    /// <summary>Waits until all ranks are here.</summary>
    public void Barrier() => Runtime.Check(Runtime.Backend.Barrier(Handle, null), "MPI_Barrier");

    /// <summary>The root's buffer is copied to all; all give the same length.</summary>
    public void Broadcast<T>(Span<T> buffer, int root = 0) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(Runtime.Backend.Broadcast(start, buffer.Length, TypeOf<T>.Handle, root, Handle, null), "MPI_Bcast");
        }
    }

    /// <summary>The root's value, at all ranks.</summary>
    public T BroadcastValue<T>(T value, int root = 0) where T : unmanaged
    {
        Broadcast(new Span<T>(ref value), root);
        return value;
    }

    /// <summary>The root receives one block from each rank, in their order; at the others <paramref name="receive"/> is ignored.</summary>
    public void Gather<T>(ReadOnlySpan<T> send, Span<T> receive, int root = 0) where T : unmanaged
    {
        if (IsRoot(root))
        {
            CheckLength(
                receive.Length, (long)BlockOf(send.Length, receive.Length) * Peers, nameof(receive),
                "one block of the sent length for each rank");
        }
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.Gather(
                    from, send.Length, TypeOf<T>.Handle, to, BlockOf(send.Length, receive.Length), TypeOf<T>.Handle, root, Handle, null),
                "MPI_Gather");
        }
    }

    /// <summary>The values of all ranks at the root; an empty array elsewhere.</summary>
    public T[] Gather<T>(T value, int root = 0) where T : unmanaged
    {
        var all = IsRoot(root) ? new T[Peers] : [];
        Gather(new ReadOnlySpan<T>(in value), all, root);
        return all;
    }

    /// <summary>The root receives blocks of different lengths.</summary>
    /// <param name="send">What this rank sends.</param>
    /// <param name="receive">At the root: room for all.</param>
    /// <param name="counts">At the root: the length of each rank's block.</param>
    /// <param name="root">The rank that receives.</param>
    /// <param name="displacements">At the root: where each block begins; empty puts one after the other.</param>
    public void GatherV<T>(
        ReadOnlySpan<T> send, Span<T> receive, ReadOnlySpan<int> counts, int root = 0, ReadOnlySpan<int> displacements = default)
        where T : unmanaged
    {
        var layout = IsRoot(root) ? new BlockLayout(counts, displacements, Peers, receive.Length, nameof(receive)) : default;
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.GatherV(
                    from, send.Length, TypeOf<T>.Handle, to, lengths, offsets, TypeOf<T>.Handle, root, Handle, null),
                "MPI_Gatherv");
        }
    }

    /// <summary>Each rank receives its block of the root's; at the others <paramref name="send"/> is ignored.</summary>
    public void Scatter<T>(ReadOnlySpan<T> send, Span<T> receive, int root = 0) where T : unmanaged
    {
        if (IsRoot(root))
        {
            CheckLength(
                send.Length, (long)BlockOf(receive.Length, send.Length) * Peers, nameof(send),
                "one block of the received length for each rank");
        }
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.Scatter(
                    from, BlockOf(receive.Length, send.Length), TypeOf<T>.Handle, to, receive.Length, TypeOf<T>.Handle, root, Handle, null),
                "MPI_Scatter");
        }
    }

    /// <summary>This rank's value out of the root's.</summary>
    public T Scatter<T>(ReadOnlySpan<T> values, int root = 0) where T : unmanaged
    {
        T own = default;
        Scatter(values, new Span<T>(ref own), root);
        return own;
    }

    /// <summary>Each rank receives its block of the root's, of different lengths.</summary>
    /// <param name="send">At the root: all blocks.</param>
    /// <param name="counts">At the root: the length of each rank's block.</param>
    /// <param name="receive">Room for this rank's.</param>
    /// <param name="root">The rank that sends.</param>
    /// <param name="displacements">At the root: where each block begins; empty takes one after the other.</param>
    public void ScatterV<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<int> counts, Span<T> receive, int root = 0, ReadOnlySpan<int> displacements = default)
        where T : unmanaged
    {
        var layout = IsRoot(root) ? new BlockLayout(counts, displacements, Peers, send.Length, nameof(send)) : default;
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.ScatterV(
                    from, lengths, offsets, TypeOf<T>.Handle, to, receive.Length, TypeOf<T>.Handle, root, Handle, null),
                "MPI_Scatterv");
        }
    }

    /// <summary>All ranks receive one block from each, in their order.</summary>
    public void AllGather<T>(ReadOnlySpan<T> send, Span<T> receive) where T : unmanaged
    {
        var block = BlockOf(send.Length, receive.Length);
        CheckLength(receive.Length, (long)block * Peers, nameof(receive), "one block of the sent length for each rank");
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.AllGather(from, send.Length, TypeOf<T>.Handle, to, block, TypeOf<T>.Handle, Handle, null),
                "MPI_Allgather");
        }
    }

    /// <summary>The values of all ranks.</summary>
    public T[] AllGather<T>(T value) where T : unmanaged
    {
        var all = new T[Peers];
        AllGather(new ReadOnlySpan<T>(in value), all);
        return all;
    }

    /// <summary>All ranks receive blocks of different lengths.</summary>
    public void AllGatherV<T>(
        ReadOnlySpan<T> send, Span<T> receive, ReadOnlySpan<int> counts, ReadOnlySpan<int> displacements = default) where T : unmanaged
    {
        var layout = new BlockLayout(counts, displacements, Peers, receive.Length, nameof(receive));
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.AllGatherV(from, send.Length, TypeOf<T>.Handle, to, lengths, offsets, TypeOf<T>.Handle, Handle, null),
                "MPI_Allgatherv");
        }
    }

    /// <summary>Each rank sends one block to each and receives one from each.</summary>
    public void AllToAll<T>(ReadOnlySpan<T> send, Span<T> receive) where T : unmanaged
    {
        var block = send.Length / Peers;
        CheckLength(send.Length, (long)block * Peers, nameof(send), "one block of equal length for each rank");
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.AllToAll(from, block, TypeOf<T>.Handle, to, block, TypeOf<T>.Handle, Handle, null), "MPI_Alltoall");
        }
    }

    /// <summary>Each rank sends blocks of different lengths to the others and receives such.</summary>
    public void AllToAllV<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<int> sendCounts, Span<T> receive, ReadOnlySpan<int> receiveCounts,
        ReadOnlySpan<int> sendDisplacements = default, ReadOnlySpan<int> receiveDisplacements = default) where T : unmanaged
    {
        var outgoing = new BlockLayout(sendCounts, sendDisplacements, Peers, send.Length, nameof(send));
        var incoming = new BlockLayout(receiveCounts, receiveDisplacements, Peers, receive.Length, nameof(receive));
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* outLengths = outgoing.Counts, outOffsets = outgoing.Displacements)
        fixed (int* inLengths = incoming.Counts, inOffsets = incoming.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.AllToAllV(
                    from, outLengths, outOffsets, TypeOf<T>.Handle, to, inLengths, inOffsets, TypeOf<T>.Handle, Handle, null),
                "MPI_Alltoallv");
        }
    }

    private protected static void CheckLength(int length, long needed, [ConstantExpected] string buffer, [ConstantExpected] string what)
    {
        if (length < needed)
        {
            throw new ArgumentException($"The buffer holds {length} elements, but {needed} are needed: {what}.", buffer);
        }
    }

    /// <summary>A rank of an inter-communicator may send nothing itself: then the block is what the other buffer has room for.</summary>
    private int BlockOf(int own, int whole) => IsInter ? whole / Math.Max(1, RemoteSize) : own;

    private bool IsRoot(int root) => IsInter ? root == Mpi.Root : root == Rank;
}
