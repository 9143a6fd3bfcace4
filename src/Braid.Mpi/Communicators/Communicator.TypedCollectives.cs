using System.Diagnostics.CodeAnalysis;

namespace Braid.Mpi;

/// <content>Collectives whose data lies as a <see cref="Datatype"/> says. Counts and displacements are in its elements.</content>
public unsafe partial class Communicator
{
    /// <summary>As <see cref="Broadcast{T}(Span{T}, int)"/>, of data laid out by a datatype.</summary>
    public void Broadcast(TypedSpan buffer, int root = 0)
    {
        fixed (byte* start = buffer)
        {
            Runtime.Check(Runtime.Backend.Broadcast(start, buffer.Count, buffer.Type.Handle, root, Handle, null), "MPI_Bcast");
        }
        GC.KeepAlive(buffer.Type);
    }

    /// <summary>As <see cref="Gather{T}(ReadOnlySpan{T}, Span{T}, int)"/>; the root's place holds one block of equal length for each
    /// rank.</summary>
    public void Gather(ReadOnlyTypedSpan send, TypedSpan receive, int root = 0)
    {
        var block = IsRoot(root) ? TypedBlock(receive.Count, nameof(receive)) : 0;
        fixed (byte* from = send)
        fixed (byte* to = receive)
        {
            var type = IsRoot(root) ? receive.Type : send.Type;
            Runtime.Check(
                Runtime.Backend.Gather(from, send.Count, send.Type.Handle, to, block, type.Handle, root, Handle, null), "MPI_Gather");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="GatherV{T}"/>, of data laid out by datatypes.</summary>
    public void GatherV(
        ReadOnlyTypedSpan send, TypedSpan receive, ReadOnlySpan<int> counts, int root = 0, ReadOnlySpan<int> displacements = default)
    {
        var layout = IsRoot(root) ? new BlockLayout(counts, displacements, Peers, receive.Count, nameof(receive)) : default;
        fixed (byte* from = send)
        fixed (byte* to = receive)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            var type = IsRoot(root) ? receive.Type : send.Type;
            Runtime.Check(
                Runtime.Backend.GatherV(from, send.Count, send.Type.Handle, to, lengths, offsets, type.Handle, root, Handle, null),
                "MPI_Gatherv");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="Scatter{T}(ReadOnlySpan{T}, Span{T}, int)"/>; the root's place holds one block of equal length for each
    /// rank.</summary>
    public void Scatter(ReadOnlyTypedSpan send, TypedSpan receive, int root = 0)
    {
        var block = IsRoot(root) ? TypedBlock(send.Count, nameof(send)) : 0;
        fixed (byte* from = send)
        fixed (byte* to = receive)
        {
            var type = IsRoot(root) ? send.Type : receive.Type;
            Runtime.Check(
                Runtime.Backend.Scatter(from, block, type.Handle, to, receive.Count, receive.Type.Handle, root, Handle, null),
                "MPI_Scatter");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="ScatterV{T}"/>, of data laid out by datatypes.</summary>
    public void ScatterV(
        ReadOnlyTypedSpan send, ReadOnlySpan<int> counts, TypedSpan receive, int root = 0, ReadOnlySpan<int> displacements = default)
    {
        var layout = IsRoot(root) ? new BlockLayout(counts, displacements, Peers, send.Count, nameof(send)) : default;
        fixed (byte* from = send)
        fixed (byte* to = receive)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            var type = IsRoot(root) ? send.Type : receive.Type;
            Runtime.Check(
                Runtime.Backend.ScatterV(
                    from, lengths, offsets, type.Handle, to, receive.Count, receive.Type.Handle, root, Handle, null),
                "MPI_Scatterv");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="AllGather{T}(ReadOnlySpan{T}, Span{T})"/>, of data laid out by datatypes.</summary>
    public void AllGather(ReadOnlyTypedSpan send, TypedSpan receive)
    {
        var block = TypedBlock(receive.Count, nameof(receive));
        fixed (byte* from = send)
        fixed (byte* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.AllGather(from, send.Count, send.Type.Handle, to, block, receive.Type.Handle, Handle, null),
                "MPI_Allgather");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="AllGatherV{T}"/>, of data laid out by datatypes.</summary>
    public void AllGatherV(
        ReadOnlyTypedSpan send, TypedSpan receive, ReadOnlySpan<int> counts, ReadOnlySpan<int> displacements = default)
    {
        var layout = new BlockLayout(counts, displacements, Peers, receive.Count, nameof(receive));
        fixed (byte* from = send)
        fixed (byte* to = receive)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.AllGatherV(
                    from, send.Count, send.Type.Handle, to, lengths, offsets, receive.Type.Handle, Handle, null),
                "MPI_Allgatherv");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="AllToAll{T}(ReadOnlySpan{T}, Span{T})"/>, of data laid out by datatypes.</summary>
    public void AllToAll(ReadOnlyTypedSpan send, TypedSpan receive)
    {
        var (outgoing, incoming) = (TypedBlock(send.Count, nameof(send)), TypedBlock(receive.Count, nameof(receive)));
        fixed (byte* from = send)
        fixed (byte* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.AllToAll(from, outgoing, send.Type.Handle, to, incoming, receive.Type.Handle, Handle, null),
                "MPI_Alltoall");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>As <see cref="AllToAllV{T}"/>, of data laid out by datatypes.</summary>
    public void AllToAllV(
        ReadOnlyTypedSpan send, ReadOnlySpan<int> sendCounts, TypedSpan receive, ReadOnlySpan<int> receiveCounts,
        ReadOnlySpan<int> sendDisplacements = default, ReadOnlySpan<int> receiveDisplacements = default)
    {
        var outgoing = new BlockLayout(sendCounts, sendDisplacements, Peers, send.Count, nameof(send));
        var incoming = new BlockLayout(receiveCounts, receiveDisplacements, Peers, receive.Count, nameof(receive));
        fixed (byte* from = send)
        fixed (byte* to = receive)
        fixed (int* outLengths = outgoing.Counts, outOffsets = outgoing.Displacements)
        fixed (int* inLengths = incoming.Counts, inOffsets = incoming.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.AllToAllV(
                    from, outLengths, outOffsets, send.Type.Handle, to, inLengths, inOffsets, receive.Type.Handle, Handle, null),
                "MPI_Alltoallv");
        }
        KeepAlive(send.Type, receive.Type);
    }

    /// <summary>
    /// Each rank sends to each, and receives from each, with a datatype and a place of its own: halves of matrices can be swapped and
    /// transposed in one call.
    /// </summary>
    /// <param name="send">The memory that is sent from.</param>
    /// <param name="outgoing">For each rank: what it is sent.</param>
    /// <param name="receive">The memory that is received into.</param>
    /// <param name="incoming">For each rank: what comes from it.</param>
    /// <exception cref="ArgumentException">A part reaches beyond its memory.</exception>
    public void AllToAllW(ReadOnlySpan<byte> send, ReadOnlySpan<TypedPart> outgoing, Span<byte> receive, ReadOnlySpan<TypedPart> incoming)
    {
        var (from, to) = (new PartLayout(outgoing, Peers, send.Length), new PartLayout(incoming, Peers, receive.Length));
        fixed (byte* sent = send, received = receive)
        {
            Runtime.Check(
                Runtime.Backend.AllToAllW(
                    sent, from.Counts, from.Displacements, from.Types, received, to.Counts, to.Displacements, to.Types, Handle),
                "MPI_Alltoallw");
        }
        foreach (var part in outgoing)
        {
            GC.KeepAlive(part.Type);
        }
        foreach (var part in incoming)
        {
            GC.KeepAlive(part.Type);
        }
    }

    /// <summary>Starts a broadcast of data laid out by a datatype.</summary>
    public Request StartBroadcast<T>(TypedMemory<T> buffer, int root = 0) where T : unmanaged
    {
        nint request;
        var pin = buffer.Memory.Pin();
        var code = Runtime.Backend.Broadcast(pin.Pointer, buffer.Count, buffer.Type.Handle, root, Handle, &request);
        GC.KeepAlive(buffer.Type);
        return Started(code, request, new(pin), "MPI_Ibcast");
    }

    /// <summary>Starts an <see cref="AllGather(ReadOnlyTypedSpan, TypedSpan)"/>.</summary>
    public Request StartAllGather<TSend, TReceive>(ReadOnlyTypedMemory<TSend> send, TypedMemory<TReceive> receive)
        where TSend : unmanaged
        where TReceive : unmanaged
    {
        var block = TypedBlock(receive.Count, nameof(receive));
        nint request;
        var (from, to) = (send.Memory.Pin(), receive.Memory.Pin());
        var code = Runtime.Backend.AllGather(
            from.Pointer, send.Count, send.Type.Handle, to.Pointer, block, receive.Type.Handle, Handle, &request);
        KeepAlive(send.Type, receive.Type);
        return Started(code, request, new(from, to), "MPI_Iallgather");
    }

    /// <summary>Starts an <see cref="AllToAll(ReadOnlyTypedSpan, TypedSpan)"/>.</summary>
    public Request StartAllToAll<TSend, TReceive>(ReadOnlyTypedMemory<TSend> send, TypedMemory<TReceive> receive)
        where TSend : unmanaged
        where TReceive : unmanaged
    {
        var (outgoing, incoming) = (TypedBlock(send.Count, nameof(send)), TypedBlock(receive.Count, nameof(receive)));
        nint request;
        var (from, to) = (send.Memory.Pin(), receive.Memory.Pin());
        var code = Runtime.Backend.AllToAll(
            from.Pointer, outgoing, send.Type.Handle, to.Pointer, incoming, receive.Type.Handle, Handle, &request);
        KeepAlive(send.Type, receive.Type);
        return Started(code, request, new(from, to), "MPI_Ialltoall");
    }

    private static void KeepAlive(Datatype? first, Datatype? second)
    {
        GC.KeepAlive(first);
        GC.KeepAlive(second);
    }

    private int TypedBlock(int count, [ConstantExpected] string buffer) => count % Math.Max(1, Peers) == 0
        ? count / Math.Max(1, Peers)
        : throw new ArgumentException($"{count} elements cannot be one block of equal length for each of {Peers} ranks.", buffer);

    /// <summary>The parts of an <see cref="AllToAllW"/> as MPI wants them, checked so that it never leaves the buffer.</summary>
    private readonly struct PartLayout
    {
        public PartLayout(ReadOnlySpan<TypedPart> parts, int peers, int bytes)
        {
            if (parts.Length != peers)
            {
                throw new ArgumentException($"{peers} ranks need as many parts, not {parts.Length}.", nameof(parts));
            }
            (Counts, Displacements, Types) = (new int[peers], new int[peers], new nint[peers]);
            for (var i = 0; i < peers; i++)
            {
                var part = parts[i];
                var (first, end) = part.Type.Reach(part.Count);
                if (part.Count < 0 || part.Displacement + first < 0 || part.Displacement + end > bytes)
                {
                    throw new ArgumentException(
                        $"Part {i} reaches from byte {part.Displacement + first} to byte {part.Displacement + end}, which a buffer of " +
                        $"{bytes} bytes does not hold.",
                        nameof(parts));
                }
                (Counts[i], Displacements[i], Types[i]) = (part.Count, part.Displacement, part.Type.Handle);
            }
        }

        public int[] Counts { get; }

        public int[] Displacements { get; }

        public nint[] Types { get; }
    }
}
