namespace Braid.Mpi.Objects;

/// <summary>
/// Collectives of objects between the two sides of an inter-communicator, which are those of the merged group where some ranks give nothing. Who the
/// root is only the other side is told by the call, and how long an object is nobody but its rank; so all first agree on the root, and all take part.
/// </summary>
internal static class ObjectsAcross
{
    public static async ValueTask<T?> BroadcastAsync<T>(CollectiveSteps steps, Sides sides, T? value, Outgoing? own, int root)
    {
        var giver = await AgreeAsync(steps, sides, root);
        using var message = await ObjectCollectives.BroadcastAsync(steps, own?.Message, giver);
        own?.ThrowIfFailed();
        return root >= 0 ? ObjectCodec.Decode<T>(message) : value;
    }

    public static async ValueTask<T?[]> GatherAsync<T>(CollectiveSteps steps, Sides sides, Outgoing own, int root)
    {
        var taker = await AgreeAsync(steps, sides, root);
        using var message = own.Message;
        using var nothing = ByteBlock.Of(0);
        var messages = await ObjectCollectives.GatherAsync(steps, root >= 0 ? message : nothing, taker);
        if (root >= 0)
        {
            own.ThrowIfFailed();
        }
        return messages is null ? [] : DecodeOther<T>(sides, messages);
    }

    public static async ValueTask<T?[]> AllGatherAsync<T>(CollectiveSteps steps, Sides sides, Outgoing own)
    {
        using var message = own.Message;
        var messages = await ObjectCollectives.AllGatherAsync(steps, message);
        own.ThrowIfFailed();
        return DecodeOther<T>(sides, messages);
    }

    public static async ValueTask<T?> ScatterAsync<T>(CollectiveSteps steps, Sides sides, ByteBlock[]? all, int root)
    {
        var giver = await AgreeAsync(steps, sides, root);
        using var message = await ObjectCollectives.ScatterAsync(steps, all is null ? null : ForOther(sides, all), giver);
        return root >= 0 ? ObjectCodec.Decode<T>(message) : default;
    }

    public static async ValueTask<T?[]> AllToAllAsync<T>(CollectiveSteps steps, Sides sides, ByteBlock[] all) =>
        DecodeOther<T>(sides, await ObjectCollectives.AllToAllAsync(steps, ForOther(sides, all)));

    /// <summary>The merged rank of the root, which says so itself while the other side names it and its fellows say nobody.</summary>
    /// <exception cref="MpiException">At all ranks: they do not name the same, or none says that it is the root.</exception>
    public static async ValueTask<int> AgreeAsync(CollectiveSteps steps, Sides sides, int root)
    {
        const long Nobody = long.MinValue;
        long named = root == Mpi.Root ? steps.Rank : root >= 0 && root < sides.OtherSize ? sides.Other + root : root == Mpi.ProcNull ? Nobody : -1;
        // The largest and the smallest that anyone names, and whether one says that it is itself.
        var most = new long[3];
        await steps.AllReduceMaxAsync(new[] { named, named == Nobody ? Nobody : -named, root == Mpi.Root ? 1L : 0 }, most);
        return most[0] >= 0 && most[0] == -most[1] && most[2] == 1
            ? (int)most[0]
            : throw new MpiException(
                MpiErrorClass.Root, (int)MpiErrorClass.Root, "a collective of objects",
                $"the ranks disagree about the root, of which this one says {root}: the root gives Mpi.Root, the other ranks of its side Mpi.ProcNull, and those of the "
                + "other side its rank.");
    }

    /// <summary>Messages for the other side, and empty ones for the own.</summary>
    private static ByteBlock[] ForOther(Sides sides, ByteBlock[] messages) =>
        [.. Enumerable.Range(0, sides.OwnSize + sides.OtherSize).Select(rank =>
            rank - sides.Other is var other && other >= 0 && other < sides.OtherSize ? messages[other] : ByteBlock.Of(0))];

    private static T?[] DecodeOther<T>(Sides sides, ByteBlock[] messages)
    {
        try
        {
            return Array.ConvertAll(sides.OfOther(messages), ObjectCodec.Decode<T>);
        }
        finally
        {
            foreach (var message in messages)
            {
                message.Dispose();
            }
        }
    }
}
