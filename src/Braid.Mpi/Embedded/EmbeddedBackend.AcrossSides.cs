using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>
/// Collectives of inter-communicators: what one side holds arrives at the other. What a side has in common goes from its first rank to the
/// other's first and on within that side; the blocks of single ranks go straight.
/// </content>
internal sealed unsafe partial class EmbeddedBackend
{
    private void BarrierAcross(EmbeddedCommunicator of, int tag)
    {
        var nothing = new Part(null, 0, _types[Type(BasicType.Byte)]);
        Barrier(of.Local!, tag);
        SwapBetweenFirst(of, nothing, nothing, tag);
        Barrier(of.Local!, tag + 1);
    }

    private void BroadcastAcross(EmbeddedCommunicator of, void* buffer, long count, EmbeddedType type, int root, int tag)
    {
        if (root == Mpi.Root)
        {
            Send(of, Stream.Collective, buffer, count, type, 0, tag);
        }
        else if (root != Mpi.ProcNull)
        {
            if (of.Rank == 0)
            {
                ReceiveNow(of, Stream.Collective, buffer, count, type, root, tag);
            }
            Broadcast(of.Local!, buffer, count, type, 0, tag);
        }
    }

    private void GatherAcross(EmbeddedCommunicator of, void* send, int sendCount, EmbeddedType sendType, Blocks receive, int root, int tag)
    {
        if (root == Mpi.Root)
        {
            for (var rank = 0; rank < of.Remote!.Length; rank++)
            {
                ReceiveNow(of, Stream.Collective, receive.At(rank), receive.Count(rank), receive.Type, rank, tag);
            }
        }
        else if (root != Mpi.ProcNull)
        {
            Send(of, Stream.Collective, send, sendCount, sendType, root, tag);
        }
    }

    private void ScatterAcross(
        EmbeddedCommunicator of, Blocks send, void* receive, int receiveCount, EmbeddedType receiveType, int root, int tag)
    {
        if (root == Mpi.Root)
        {
            for (var rank = 0; rank < of.Remote!.Length; rank++)
            {
                Send(of, Stream.Collective, send.At(rank), send.Count(rank), send.Type, rank, tag);
            }
        }
        else if (root != Mpi.ProcNull)
        {
            ReceiveNow(of, Stream.Collective, receive, receiveCount, receiveType, root, tag);
        }
    }

    private void ReduceAcross(
        EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, int root, int tag)
    {
        if (root == Mpi.Root)
        {
            ReceiveNow(of, Stream.Collective, receive, count, type, 0, tag);
        }
        else if (root != Mpi.ProcNull)
        {
            using var work = new WorkMemory(of.Rank == 0 ? count : 0, type);
            Reduce(of.Local!, send, work.First, count, type, op, 0, tag);
            if (of.Rank == 0)
            {
                Send(of, Stream.Collective, work.First, count, type, root, tag);
            }
        }
    }

    private void AllReduceAcross(EmbeddedCommunicator of, void* send, void* receive, long count, EmbeddedType type, EmbeddedOp op, int tag)
    {
        using var work = new WorkMemory(of.Rank == 0 ? count : 0, type);
        Reduce(of.Local!, send, work.First, count, type, op, 0, tag);
        SwapBetweenFirst(of, new(work.First, count, type), new(receive, count, type), tag);
        Broadcast(of.Local!, receive, count, type, 0, tag + 2);
    }

    /// <summary>Each rank gives a part to each of the other side and takes one from each.</summary>
    private void SwapAcross(EmbeddedCommunicator of, Func<int, Part> send, Func<int, Part> receive, int tag)
    {
        int[] others = [.. Enumerable.Range(0, of.Remote!.Length)];
        SwapAll(of, others, others, send, receive, _ => tag, _ => tag);
    }

    private void SwapBetweenFirst(EmbeddedCommunicator of, Part send, Part receive, int tag)
    {
        if (of.Rank == 0)
        {
            Swap(of, send, 0, receive, 0, tag);
        }
    }
}
