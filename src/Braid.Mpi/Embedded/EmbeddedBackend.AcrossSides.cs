namespace Braid.Mpi.Embedded;

/// <content>
/// Collectives of inter-communicators: what one side holds arrives at the other. What a side has in common goes from its first rank to the
/// other's first and on within that side; the blocks of single ranks go straight.
/// </content>
internal sealed partial class EmbeddedBackend
{
    private static async ValueTask BarrierAcrossAsync(CollectiveMessages messages)
    {
        await BarrierAsync(messages.Within()).ConfigureAwait(false);
        await SwapBetweenFirstAsync(messages, Part.Nothing, Part.Nothing).ConfigureAwait(false);
        await BarrierAsync(messages.Within().From(1)).ConfigureAwait(false);
    }

    private static async ValueTask BroadcastAcrossAsync(CollectiveMessages messages, Part buffer, int root)
    {
        if (root == Mpi.Root)
        {
            await messages.SendAsync(buffer, 0);
        }
        else if (root != Mpi.ProcNull)
        {
            if (messages.Rank == 0)
            {
                await messages.ReceiveAsync(buffer, root);
            }
            await BroadcastAsync(messages.Within(), buffer, 0).ConfigureAwait(false);
        }
    }

    private static async ValueTask GatherAcrossAsync(CollectiveMessages messages, Part send, Blocks receive, int root)
    {
        if (root == Mpi.Root)
        {
            for (var rank = 0; rank < messages.Of.Remote!.Length; rank++)
            {
                await messages.ReceiveAsync(receive[rank], rank);
            }
        }
        else if (root != Mpi.ProcNull)
        {
            await messages.SendAsync(send, root);
        }
    }

    private static async ValueTask ScatterAcrossAsync(CollectiveMessages messages, Blocks send, Part receive, int root)
    {
        if (root == Mpi.Root)
        {
            for (var rank = 0; rank < messages.Of.Remote!.Length; rank++)
            {
                await messages.SendAsync(send[rank], rank);
            }
        }
        else if (root != Mpi.ProcNull)
        {
            await messages.ReceiveAsync(receive, root);
        }
    }

    private static async ValueTask ReduceAcrossAsync(CollectiveMessages messages, Part send, Part receive, EmbeddedOp op, int root)
    {
        if (root == Mpi.Root)
        {
            await messages.ReceiveAsync(receive, 0);
        }
        else if (root != Mpi.ProcNull)
        {
            using var work = new WorkMemory(messages.Rank == 0 ? send.Count : 0, send.Type);
            await ReduceAsync(messages.Within(), send, send.At(work.First), op, 0).ConfigureAwait(false);
            if (messages.Rank == 0)
            {
                await messages.SendAsync(work.First, root);
            }
        }
    }

    private static async ValueTask AllReduceAcrossAsync(CollectiveMessages messages, Part send, Part receive, EmbeddedOp op)
    {
        using var work = new WorkMemory(messages.Rank == 0 ? send.Count : 0, send.Type);
        await ReduceAsync(messages.Within(), send, send.At(work.First), op, 0).ConfigureAwait(false);
        await SwapBetweenFirstAsync(messages, work.First, receive).ConfigureAwait(false);
        await BroadcastAsync(messages.Within().From(2), receive, 0).ConfigureAwait(false);
    }

    /// <summary>Each rank gives a part to each of the other side and takes one from each.</summary>
    private static ValueTask SwapAcrossAsync(CollectiveMessages messages, Blocks send, Blocks receive)
    {
        int[] others = [.. Enumerable.Range(0, messages.Of.Remote!.Length)];
        return messages.SwapAllAsync(others, others, send, receive, static _ => 0, static _ => 0);
    }

    private static ValueTask SwapBetweenFirstAsync(CollectiveMessages messages, Part send, Part receive) =>
        messages.Rank == 0 ? messages.SwapAsync(send, 0, receive, 0) : default;
}
