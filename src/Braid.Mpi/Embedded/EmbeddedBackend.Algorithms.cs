using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>How the collectives that move data go: trees for what all share, rings and pairs for what all swap.</content>
internal sealed partial class EmbeddedBackend
{
    private static async ValueTask BarrierAsync(CollectiveMessages messages)
    {
        if (messages.Of.IsInter)
        {
            await BarrierAcrossAsync(messages).ConfigureAwait(false);
            return;
        }
        var (rank, size) = (messages.Rank, messages.Size);
        for (var distance = 1; distance < size; distance <<= 1)
        {
            await messages.SwapAsync(Part.Nothing, (rank + distance) % size, Part.Nothing, (rank - distance + size) % size).ConfigureAwait(false);
        }
    }

    private static async ValueTask BroadcastAsync(CollectiveMessages messages, Part buffer, int root)
    {
        if (messages.Of.IsInter)
        {
            await BroadcastAcrossAsync(messages, buffer, root).ConfigureAwait(false);
            return;
        }
        var (rank, size) = (messages.Rank, messages.Size);
        var place = (rank - root + size) % size;
        var mask = 1;
        for (; mask < size; mask <<= 1)
        {
            if ((place & mask) != 0)
            {
                await messages.ReceiveAsync(buffer, (rank - mask + size) % size);
                break;
            }
        }
        for (mask >>= 1; mask > 0; mask >>= 1)
        {
            if (place + mask < size)
            {
                await messages.SendAsync(buffer, (rank + mask) % size);
            }
        }
    }

    private static async ValueTask GatherAsync(CollectiveMessages messages, Part send, Blocks receive, int root)
    {
        if (messages.Of.IsInter)
        {
            await GatherAcrossAsync(messages, send, receive, root).ConfigureAwait(false);
            return;
        }
        if (messages.Rank != root)
        {
            await messages.SendAsync(send, root);
            return;
        }
        for (var rank = 0; rank < messages.Size; rank++)
        {
            if (rank != root)
            {
                await messages.ReceiveAsync(receive[rank], rank);
            }
            else if (!send.IsInPlace)
            {
                send.CopyTo(receive[rank]);
            }
        }
    }

    private static async ValueTask ScatterAsync(CollectiveMessages messages, Blocks send, Part receive, int root)
    {
        if (messages.Of.IsInter)
        {
            await ScatterAcrossAsync(messages, send, receive, root).ConfigureAwait(false);
            return;
        }
        if (messages.Rank != root)
        {
            await messages.ReceiveAsync(receive, root);
            return;
        }
        for (var rank = 0; rank < messages.Size; rank++)
        {
            if (rank != root)
            {
                await messages.SendAsync(send[rank], rank);
            }
            else if (!receive.IsInPlace)
            {
                send[rank].CopyTo(receive);
            }
        }
    }

    private static async ValueTask AllGatherAsync(CollectiveMessages messages, Part send, Blocks receive)
    {
        if (messages.Of.IsInter)
        {
            await SwapAcrossAsync(messages, new(send), receive).ConfigureAwait(false);
            return;
        }
        var (rank, size) = (messages.Rank, messages.Size);
        if (!send.IsInPlace)
        {
            send.CopyTo(receive[rank]);
        }
        // Around the ring: what came last goes on.
        for (var step = 0; step < size - 1; step++)
        {
            var have = (rank - step + size) % size;
            var get = (have - 1 + size) % size;
            await messages.SwapAsync(receive[have], (rank + 1) % size, receive[get], (rank - 1 + size) % size).ConfigureAwait(false);
        }
    }

    private static async ValueTask AllToAllAsync(CollectiveMessages messages, Blocks send, Blocks receive)
    {
        if (messages.Of.IsInter)
        {
            await SwapAcrossAsync(messages, send, receive).ConfigureAwait(false);
            return;
        }
        var (rank, size) = (messages.Rank, messages.Size);
        send[rank].CopyTo(receive[rank]);
        for (var step = 1; step < size; step++)
        {
            var (to, from) = ((rank + step) % size, (rank - step + size) % size);
            await messages.SwapAsync(send[to], to, receive[from], from).ConfigureAwait(false);
        }
    }

    /// <summary>The data of all blocks is packed beside first: what is sent is overwritten before its turn.</summary>
    private async ValueTask AllToAllInPlaceAsync(CollectiveMessages messages, Blocks blocks)
    {
        using var packed = new PackedBlocks(messages.Of.Peers.Length, blocks, _types[Type(BasicType.Byte)]);
        await AllToAllAsync(messages, packed.Blocks, blocks).ConfigureAwait(false);
    }

    /// <summary>Swaps with all neighbours. In a grid the two sides of a dimension may be one rank: the tag says through which side a block
    /// comes in.</summary>
    private static ValueTask NeighborsAsync(CollectiveMessages messages, Blocks send, Blocks receive)
    {
        var of = messages.Of;
        if (of.Dimensions is { } dimensions)
        {
            int[] sides = [.. Enumerable.Range(0, dimensions.Length).SelectMany(d => new[] { of.Shift(d, 1).Source, of.Shift(d, 1).Destination })];
            return messages.SwapAllAsync(sides, sides, send, receive, static i => i ^ 1, static i => i);
        }
        return of is { Sources: { } sources, Destinations: { } destinations }
            ? messages.SwapAllAsync(sources, destinations, send, receive, static _ => 0, static _ => 0)
            : throw Failure(MpiErrorClass.Topology, "neighbourhood collective", "the communicator has no topology.");
    }

    /// <summary>Ends the request of a collective that goes on by itself.</summary>
    private async Task ConcludeAsync(Operation operation, ValueTask collective)
    {
        try
        {
            await collective.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            operation.Failure = e;
        }
        _engine.Conclude(operation);
    }

    internal static void ThrowIfFailed(Operation? operation)
    {
        if (operation is not null && operation.Error != MpiErrorClass.Success)
        {
            throw Failure(operation.Error, "collective", "the ranks disagree about the length: a message is longer than the place for it.");
        }
    }
}
