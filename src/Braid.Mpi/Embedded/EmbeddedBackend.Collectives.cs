using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>
/// Collectives as messages in a stream of their own, under a tag of their own, so that several of one communicator may be under way at
/// once. The tag is taken when the operation is started: all ranks start them in the same order.
/// </content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int Barrier(nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        return Run(request, () => Barrier(of, tag));
    }

    public override int Broadcast(void* buffer, int count, nint type, int root, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm, root);
        var layout = _types[type];
        return Run(request, () => Broadcast(of, buffer, count, layout, root, tag));
    }

    public override int Gather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm, root);
        var (from, to) = (_types[sendType], new Blocks(receive, receiveCount, _types[receiveType]));
        return Run(request, () => Gather(of, send, sendCount, from, to, root, tag));
    }

    public override int GatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, int root, nint comm,
        nint* request)
    {
        var (of, tag) = Begin(comm, root);
        var (from, to) = (_types[sendType], new Blocks(receive, counts, displacements, _types[receiveType]));
        return Run(request, () => Gather(of, send, sendCount, from, to, root, tag));
    }

    public override int Scatter(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm, root);
        var (from, to) = (new Blocks(send, sendCount, _types[sendType]), _types[receiveType]);
        return Run(request, () => Scatter(of, from, receive, receiveCount, to, root, tag));
    }

    public override int ScatterV(
        void* send, int* counts, int* displacements, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm,
        nint* request)
    {
        var (of, tag) = Begin(comm, root);
        var (from, to) = (new Blocks(send, counts, displacements, _types[sendType]), _types[receiveType]);
        return Run(request, () => Scatter(of, from, receive, receiveCount, to, root, tag));
    }

    public override int AllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var (from, to) = (_types[sendType], new Blocks(receive, receiveCount, _types[receiveType]));
        return Run(request, () => AllGather(of, send, sendCount, from, to, tag));
    }

    public override int AllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request)
    {
        var (of, tag) = Begin(comm);
        var (from, to) = (_types[sendType], new Blocks(receive, counts, displacements, _types[receiveType]));
        return Run(request, () => AllGather(of, send, sendCount, from, to, tag));
    }

    public override int AllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var to = new Blocks(receive, receiveCount, _types[receiveType]);
        if (send == InPlace)
        {
            return Run(request, () => AllToAllInPlace(of, to, tag));
        }
        var from = new Blocks(send, sendCount, _types[sendType]);
        return Run(request, () => AllToAll(of, from, to, tag));
    }

    public override int AllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType,
        void* receive, int* receiveCounts, int* receiveDisplacements, nint receiveType, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var from = new Blocks(send, sendCounts, sendDisplacements, _types[sendType]);
        var to = new Blocks(receive, receiveCounts, receiveDisplacements, _types[receiveType]);
        return send == InPlace
            ? Run(request, () => AllToAllInPlace(of, to, tag))
            : Run(request, () => AllToAll(of, from, to, tag));
    }

    public override int AllToAllW(
        void* send, int[] sendCounts, int[] sendDisplacementsBytes, nint[] sendTypes,
        void* receive, int[] receiveCounts, int[] receiveDisplacementsBytes, nint[] receiveTypes, nint comm)
    {
        var (of, tag) = Begin(comm);
        EmbeddedType[] outgoing = [.. sendTypes.Select(t => _types[t])], incoming = [.. receiveTypes.Select(t => _types[t])];
        Part From(int rank) => new((byte*)send + sendDisplacementsBytes[rank], sendCounts[rank], outgoing[rank]);
        Part To(int rank) => new((byte*)receive + receiveDisplacementsBytes[rank], receiveCounts[rank], incoming[rank]);
        if (of.IsInter)
        {
            SwapAcross(of, From, To, tag);
            return 0;
        }
        Copy(From(of.Rank), To(of.Rank));
        for (var step = 1; step < of.Size; step++)
        {
            var (to, from) = ((of.Rank + step) % of.Size, (of.Rank - step + of.Size) % of.Size);
            Swap(of, From(to), to, To(from), from, tag);
        }
        return 0;
    }

    public override int Reduce(void* send, void* receive, int count, nint type, nint op, int root, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm, root);
        var (layout, by) = Reduction(type, op);
        var own = send == InPlace ? receive : send;
        return Run(request, () => Reduce(of, own, receive, count, layout, by, root, tag));
    }

    public override int AllReduce(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var (layout, by) = Reduction(type, op);
        var own = send == InPlace ? receive : send;
        return Run(request, () => AllReduce(of, own, receive, count, layout, by, tag));
    }

    public override int ReduceScatterBlock(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var (layout, by) = Reduction(type, op);
        return Run(request, () => ReduceScatter(of, send == InPlace ? receive : send, receive, _ => count, layout, by, tag));
    }

    public override int ReduceScatter(void* send, void* receive, int* counts, nint type, nint op, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var (layout, by) = Reduction(type, op);
        return Run(request, () => ReduceScatter(of, send == InPlace ? receive : send, receive, rank => counts[rank], layout, by, tag));
    }

    public override int Scan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var (layout, by) = Reduction(type, op);
        return Run(request, () => Scan(of, send == InPlace ? receive : send, receive, count, layout, by, exclusive: false, tag));
    }

    public override int ExclusiveScan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var (layout, by) = Reduction(type, op);
        return Run(request, () => Scan(of, send == InPlace ? receive : send, receive, count, layout, by, exclusive: true, tag));
    }

    public override int NeighborAllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var from = _types[sendType];
        var to = new Blocks(receive, receiveCount, _types[receiveType]);
        return Run(request, () => Neighbors(of, _ => new(send, sendCount, from), to, tag));
    }

    public override int NeighborAllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request)
    {
        var (of, tag) = Begin(comm);
        var from = _types[sendType];
        var to = new Blocks(receive, counts, displacements, _types[receiveType]);
        return Run(request, () => Neighbors(of, _ => new(send, sendCount, from), to, tag));
    }

    public override int NeighborAllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var from = new Blocks(send, sendCount, _types[sendType]);
        var to = new Blocks(receive, receiveCount, _types[receiveType]);
        return Run(request, () => Neighbors(of, from.Part, to, tag));
    }

    public override int NeighborAllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType,
        void* receive, int* receiveCounts, int* receiveDisplacements, nint receiveType, nint comm, nint* request)
    {
        var (of, tag) = Begin(comm);
        var from = new Blocks(send, sendCounts, sendDisplacements, _types[sendType]);
        var to = new Blocks(receive, receiveCounts, receiveDisplacements, _types[receiveType]);
        return Run(request, () => Neighbors(of, from.Part, to, tag));
    }

    private (EmbeddedType Layout, EmbeddedOp By) Reduction(nint type, nint op)
    {
        var (layout, by) = (_types[type], _ops[op]);
        by.Check(layout);
        return (layout, by);
    }

    private (EmbeddedCommunicator Of, int Tag) Begin(nint comm, int root = 0)
    {
        var of = _comms[comm];
        return (uint)root < (uint)of.Peers.Length || (of.IsInter && root is Mpi.Root or Mpi.ProcNull) ? (of, of.NextTag())
            : throw Failure(MpiErrorClass.Root, "collective", $"invalid root {root}; the communicator has {of.Peers.Length}.");
    }
}
