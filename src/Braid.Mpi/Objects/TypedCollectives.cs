namespace Braid.Mpi.Objects;

/// <summary>Collectives of objects: those of their messages, and what of these this rank reads.</summary>
internal static class TypedCollectives
{
    public static async ValueTask<T?> BroadcastAsync<T>(CollectiveSteps steps, T? value, Outgoing? own, int root)
    {
        if (steps.Sides is { } sides)
        {
            return await ObjectsAcross.BroadcastAsync(steps, sides, value, own, root);
        }
        using var message = await ObjectCollectives.BroadcastAsync(steps, own?.Message, root);
        own?.ThrowIfFailed();
        return own is null ? ObjectCodec.Decode<T>(message) : value;
    }

    public static async ValueTask<T?[]> GatherAsync<T>(CollectiveSteps steps, Outgoing own, int root)
    {
        if (steps.Sides is { } sides)
        {
            return await ObjectsAcross.GatherAsync<T>(steps, sides, own, root);
        }
        using var message = own.Message;
        var messages = await ObjectCollectives.GatherAsync(steps, message, root);
        own.ThrowIfFailed();
        return messages is null ? [] : DecodeAll<T>(messages);
    }

    public static async ValueTask<T?[]> AllGatherAsync<T>(CollectiveSteps steps, Outgoing own)
    {
        if (steps.Sides is { } sides)
        {
            return await ObjectsAcross.AllGatherAsync<T>(steps, sides, own);
        }
        using var message = own.Message;
        var messages = await ObjectCollectives.AllGatherAsync(steps, message);
        own.ThrowIfFailed();
        return DecodeAll<T>(messages);
    }

    public static async ValueTask<T?> ScatterAsync<T>(CollectiveSteps steps, Outgoing[]? all, int root)
    {
        if (steps.Sides is { } sides)
        {
            var own = await ObjectsAcross.ScatterAsync<T>(steps, sides, MessagesOf(all), root);
            LetGo(all);
            return own;
        }
        using var message = await ObjectCollectives.ScatterAsync(steps, MessagesOf(all), root);
        LetGo(all);
        return ObjectCodec.Decode<T>(message);
    }

    public static async ValueTask<T?[]> AllToAllAsync<T>(CollectiveSteps steps, Outgoing[] all)
    {
        if (steps.Sides is { } sides)
        {
            var theirs = await ObjectsAcross.AllToAllAsync<T>(steps, sides, MessagesOf(all)!);
            LetGo(all);
            return theirs;
        }
        var messages = await ObjectCollectives.AllToAllAsync(steps, MessagesOf(all)!);
        LetGo(all);
        return DecodeAll<T>(messages);
    }

    private static ByteBlock[]? MessagesOf(Outgoing[]? all) => all is null ? null : Array.ConvertAll(all, static o => o.Message);

    private static void LetGo(Outgoing[]? all)
    {
        foreach (var outgoing in all ?? [])
        {
            outgoing.Message.Dispose();
        }
        foreach (var outgoing in all ?? [])
        {
            outgoing.ThrowIfFailed();
        }
    }

    private static T?[] DecodeAll<T>(ByteBlock[] messages)
    {
        try
        {
            return Array.ConvertAll(messages, ObjectCodec.Decode<T>);
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
