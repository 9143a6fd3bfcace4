namespace Braid.Mpi.Embedded;

/// <content>How the collectives that combine data go: up a tree that keeps the ranks' order, or around a ring where the order does not
/// matter.</content>
internal sealed partial class EmbeddedBackend
{
    /// <summary>From here on a commutative all-reduce goes around a ring in blocks, so that all ranks add at once.</summary>
    private const long RingReduceBytes = 32 << 10;
    private const long RingSliceBytes = 256 << 10;

    /// <summary>Up a tree over neighbouring ranks, so that the order of the ranks is kept whatever the operation; then from rank 0 to the
    /// root.</summary>
    private static async ValueTask ReduceAsync(CollectiveMessages messages, Part send, Part receive, EmbeddedOp op, int root)
    {
        if (messages.Of.IsInter)
        {
            await ReduceAcrossAsync(messages, send, receive, op, root).ConfigureAwait(false);
            return;
        }
        var (rank, size) = (messages.Rank, messages.Size);
        using var work = new WorkMemory(send.Count, send.Type);
        var (mine, other) = (work.First, work.Second);
        send.CopyTo(mine);
        for (var mask = 1; mask < size; mask <<= 1)
        {
            if ((rank & mask) != 0)
            {
                await messages.SendAsync(mine, rank - mask);
                break;
            }
            if (rank + mask < size)
            {
                await messages.ReceiveAsync(other, rank + mask);
                op.Apply(mine, other);
                (mine, other) = (other, mine);
            }
        }
        if (rank == 0 && root != 0)
        {
            await messages.SendAsync(mine, root, step: 1);
        }
        else if (rank == root && root != 0)
        {
            await messages.ReceiveAsync(receive, 0, step: 1);
        }
        else if (rank == 0)
        {
            mine.CopyTo(receive);
        }
    }

    private static async ValueTask AllReduceAsync(CollectiveMessages messages, Part send, Part receive, EmbeddedOp op)
    {
        if (messages.Of.IsInter)
        {
            await AllReduceAcrossAsync(messages, send, receive, op).ConfigureAwait(false);
        }
        else if (op.IsCommutative && send.Type.IsContiguous && messages.Size > 1 && send.Count >= messages.Size && send.Bytes >= RingReduceBytes)
        {
            await RingReduceAsync(messages, send, receive, op).ConfigureAwait(false);
        }
        else
        {
            await ReduceAsync(messages, send, receive, op, 0).ConfigureAwait(false);
            await BroadcastAsync(messages.From(2), receive, 0).ConfigureAwait(false);
        }
    }

    private static async ValueTask RingReduceAsync(CollectiveMessages messages, Part send, Part receive, EmbeddedOp op)
    {
        var (rank, ranks, count) = (messages.Rank, messages.Size, send.Count);
        var (right, left) = ((rank + 1) % ranks, (rank - 1 + ranks) % ranks);
        // Block 0 to ranks - 1 of a buffer, and of a block so many elements from one on, as far as it reaches.
        Part Block(Part buffer, int block) =>
            buffer.Slice(count * block / ranks, (count * (block + 1) / ranks) - (count * block / ranks));
        Part SliceOf(Part block, long from, long length) => block.Slice(from, Math.Clamp(block.Count - from, 0, length));
        // In slices that stay in the cache between the copy and the sum; all ranks take as many.
        var slice = Math.Max(1, RingSliceBytes / send.Type.Size);
        using var work = new WorkMemory(slice, send.Type);
        for (var step = 0; step < ranks - 1; step++)
        {
            var (give, get) = ((rank - step + ranks) % ranks, (rank - step - 1 + ranks) % ranks);
            // The first block that goes round is the rank's own.
            var from = Block(step == 0 ? send : receive, give);
            for (long start = 0; start <= count / ranks; start += slice)
            {
                var target = SliceOf(Block(receive, get), start, slice);
                var got = target.At(work.First);
                await messages.SwapAsync(SliceOf(from, start, slice), right, got, left).ConfigureAwait(false);
                if (!send.IsAt(receive))
                {
                    SliceOf(Block(send, get), start, slice).CopyTo(target);
                }
                op.Apply(got, target);
            }
        }
        for (var step = 0; step < ranks - 1; step++)
        {
            var (give, get) = ((rank + 1 - step + ranks) % ranks, (rank - step + ranks) % ranks);
            await messages.SwapAsync(Block(receive, give), right, Block(receive, get), left, step: 1).ConfigureAwait(false);
        }
    }

    /// <param name="messages">Its messages.</param>
    /// <param name="send">Its count does not matter: it is that of all blocks.</param>
    /// <param name="receive">Its count does not matter: it is that of this rank's block.</param>
    /// <param name="op">What combines.</param>
    /// <param name="blockCount">How many elements each rank gets.</param>
    private static async ValueTask ReduceScatterAsync(
        CollectiveMessages messages, Part send, Part receive, EmbeddedOp op, Func<int, int> blockCount)
    {
        var (counts, starts) = (new int[messages.Size], new int[messages.Size]);
        var total = 0;
        for (var rank = 0; rank < counts.Length; rank++)
        {
            (counts[rank], starts[rank]) = (blockCount(rank), total);
            total = checked(total + counts[rank]);
        }
        using var work = new WorkMemory(messages.Rank == 0 ? total : 0, send.Type);
        var all = send.Slice(0, total);
        var (combined, result) = (all.At(work.First), all.At(work.Second));
        var side = messages.Of.IsInter ? messages.Within() : messages;
        await ReduceAsync(side, all, combined, op, 0).ConfigureAwait(false);
        if (messages.Of.IsInter)
        {
            // What this side combined is for the other.
            await SwapBetweenFirstAsync(messages, combined, result).ConfigureAwait(false);
        }
        else
        {
            result = combined;
        }
        Part[] blocks = [.. counts.Select((count, rank) => result.Slice(starts[rank], count))];
        await ScatterAsync(side.From(2), new(blocks), receive.Slice(0, counts[messages.Rank]), 0).ConfigureAwait(false);
    }

    private static async ValueTask ScanAsync(CollectiveMessages messages, Part send, Part receive, EmbeddedOp op, bool exclusive)
    {
        using var work = new WorkMemory(send.Count, send.Type);
        var (with, before) = (work.First, work.Second);
        send.CopyTo(with);
        if (messages.Rank > 0)
        {
            await messages.ReceiveAsync(before, messages.Rank - 1);
            op.Apply(before, with);
        }
        if (messages.Rank < messages.Size - 1)
        {
            await messages.SendAsync(with, messages.Rank + 1);
        }
        if (!exclusive)
        {
            with.CopyTo(receive);
        }
        else if (messages.Rank > 0)
        {
            before.CopyTo(receive);
        }
    }
}
