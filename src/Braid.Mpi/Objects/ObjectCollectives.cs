namespace Braid.Mpi.Objects;

/// <summary>
/// Collectives of messages. Lengths go first, then the bytes in rounds, so that no count outgrows MPI's 32 bits. A rank that has no value takes part with
/// a message that says why: no other rank waits for it in vain.
/// </summary>
internal static class ObjectCollectives
{
    /// <summary>A shorter message is broadcast together with its length, in one call.</summary>
    private const int FirstBytes = 1024;

    /// <summary>What one call moves at the most, for one rank; from all together comes no more. Tests make it small.</summary>
    internal static int RoundBytesMax { get; set; } = 1 << 30;

    /// <summary>The root's message at all ranks; the others give null.</summary>
    public static async ValueTask<ByteBlock> BroadcastAsync(CollectiveSteps steps, ByteBlock? own, int root)
    {
        using var first = ByteBlock.Of(FirstBytes);
        var head = first.Part(0, FirstBytes);
        if (own is not null)
        {
            BitConverter.TryWriteBytes(head.Span, own.Length);
            if (own.Length <= FirstBytes - sizeof(long))
            {
                own.Part(0, (int)own.Length).CopyTo(head[sizeof(long)..]);
            }
        }
        await steps.BroadcastAsync(head, root);
        var length = BitConverter.ToInt64(head.Span);
        if (length <= FirstBytes - sizeof(long))
        {
            return own ?? ByteBlock.CopyOf(head.Span.Slice(sizeof(long), (int)length));
        }
        var message = own ?? ByteBlock.Of(length);
        for (long done = 0; done < length; done += RoundBytesMax)
        {
            await steps.BroadcastAsync(message.Part(done, (int)Math.Min(RoundBytesMax, length - done)), root);
        }
        return message;
    }

    /// <summary>All messages, in the order of the ranks, at the root; null elsewhere.</summary>
    public static async ValueTask<ByteBlock[]?> GatherAsync(CollectiveSteps steps, ByteBlock own, int root)
    {
        var lengths = await LengthsAsync(steps, own);
        var messages = steps.Rank == root ? MessagesOf(lengths) : null;
        for (var rounds = RoundsOf(lengths.Max(), steps); rounds.Next();)
        {
            var counts = rounds.Counts(lengths);
            using var pieces = ByteBlock.Of(messages is null ? 0 : counts.Sum());
            await steps.GatherVAsync(rounds.PieceOf(own), pieces.All, counts, root);
            if (messages is not null)
            {
                rounds.Spread(pieces, messages);
            }
        }
        return messages;
    }

    /// <summary>All messages, in the order of the ranks.</summary>
    public static async ValueTask<ByteBlock[]> AllGatherAsync(CollectiveSteps steps, ByteBlock own)
    {
        var lengths = await LengthsAsync(steps, own);
        var messages = MessagesOf(lengths);
        for (var rounds = RoundsOf(lengths.Max(), steps); rounds.Next();)
        {
            var counts = rounds.Counts(lengths);
            using var pieces = ByteBlock.Of(counts.Sum());
            await steps.AllGatherVAsync(rounds.PieceOf(own), pieces.All, counts);
            rounds.Spread(pieces, messages);
        }
        return messages;
    }

    /// <summary>Each rank's message out of the root's; the others give null.</summary>
    public static async ValueTask<ByteBlock> ScatterAsync(CollectiveSteps steps, ByteBlock[]? all, int root)
    {
        // Each learns the length of its own and of the longest, by which all know how many rounds there are.
        var lengths = all is null ? [] : Array.ConvertAll(all, static message => message.Length);
        var lengthAndLongest = lengths.SelectMany(length => new[] { length, lengths.Max() }).ToArray();
        var own = new long[2];
        await steps.ScatterAsync(lengthAndLongest, own, root);
        var message = ByteBlock.Of(own[0]);
        for (var rounds = RoundsOf(own[1], steps); rounds.Next();)
        {
            using var pieces = all is null ? ByteBlock.Of(0) : rounds.Collect(all);
            await steps.ScatterVAsync(pieces.All, rounds.Counts(lengths), rounds.PieceOf(message), root);
        }
        return message;
    }

    /// <summary>Gives a message to each rank and takes one from each.</summary>
    public static async ValueTask<ByteBlock[]> AllToAllAsync(CollectiveSteps steps, ByteBlock[] outgoing)
    {
        var outLengths = Array.ConvertAll(outgoing, static message => message.Length);
        var lengths = new long[steps.Size];
        await steps.AllToAllAsync(outLengths, lengths);
        var longest = new long[1];
        await steps.AllReduceMaxAsync(new[] { outLengths.Max() }, longest);
        var messages = MessagesOf(lengths);
        for (var rounds = RoundsOf(longest[0], steps); rounds.Next();)
        {
            var counts = rounds.Counts(lengths);
            using var sent = rounds.Collect(outgoing);
            using var pieces = ByteBlock.Of(counts.Sum());
            await steps.AllToAllVAsync(sent.All, rounds.Counts(outLengths), pieces.All, counts);
            rounds.Spread(pieces, messages);
        }
        return messages;
    }

    private static Rounds RoundsOf(long longest, CollectiveSteps steps) => new(longest, steps.Size, RoundBytesMax);

    private static async ValueTask<long[]> LengthsAsync(CollectiveSteps steps, ByteBlock own)
    {
        var lengths = new long[steps.Size];
        await steps.AllGatherAsync(new[] { own.Length }, lengths);
        return lengths;
    }

    private static ByteBlock[] MessagesOf(long[] lengths) => Array.ConvertAll(lengths, ByteBlock.Of);
}
