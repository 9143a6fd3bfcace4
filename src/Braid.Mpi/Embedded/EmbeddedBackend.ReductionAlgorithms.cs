namespace Braid.Mpi.Embedded;

/// <content>How the collectives that combine data go: up a tree that keeps the ranks' order, or around a ring where the order does not
/// matter.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    /// <summary>From here on a commutative all-reduce goes around a ring in blocks, so that all ranks add at once.</summary>
    private const long RingReduceBytes = 32 << 10;
    private const long RingSliceBytes = 256 << 10;

    /// <summary>Up a tree over neighbouring ranks, so that the order of the ranks is kept whatever the operation; then from rank 0 to the
    /// root.</summary>
    private void Reduce(
        EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, int root, int tag)
    {
        if (of.IsInter)
        {
            ReduceAcross(of, send, receive, count, type, op, root, tag);
            return;
        }
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
        if (of.IsInter)
        {
            AllReduceAcross(of, send, receive, count, type, op, tag);
            return;
        }
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
                Swap(of, new(At(from, give) + skipped, giving, type), right, new(work.First, getting, type), left, tag);
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
            Swap(of, new(At(receive, give), Length(give), type), right, new(At(receive, get), Length(get), type), left, tag + 1);
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
        var (side, result) = (of.Local ?? of, (nint)work.First);
        Reduce(side, send, work.First, total, type, op, 0, tag);
        if (of.IsInter)
        {
            // What this side combined is for the other.
            SwapBetweenFirst(of, new(work.First, total, type), new(work.Second, total, type), tag);
            result = (nint)work.Second;
        }
        fixed (int* lengths = counts, offsets = displacements)
        {
            Scatter(side, new((void*)result, lengths, offsets, type), receive, counts[of.Rank], type, 0, tag + 2);
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
}
