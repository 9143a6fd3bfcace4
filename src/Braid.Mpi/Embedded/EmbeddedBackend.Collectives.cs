using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>
/// Collectives as messages in a stream of their own, under tags of their own, so that several of one communicator may be under way at
/// once.
/// </content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int Barrier(nint comm, nint* request) => Run(request, BarrierAsync(Begin(comm, request)));

    public override int Broadcast(void* buffer, int count, nint type, int root, nint comm, nint* request) =>
        Run(request, BroadcastAsync(Begin(comm, request, root), Of(buffer, count, type), root));

    public override int Gather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request) =>
        Run(request, GatherAsync(Begin(comm, request, root), Of(send, sendCount, sendType), new(receive, receiveCount, _types[receiveType]), root));

    public override int GatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, int root, nint comm,
        nint* request) =>
        Run(request, GatherAsync(
            Begin(comm, request, root), Of(send, sendCount, sendType), new(receive, counts, displacements, _types[receiveType]), root));

    public override int Scatter(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request) =>
        Run(request, ScatterAsync(
            Begin(comm, request, root), new Blocks(send, sendCount, _types[sendType]), Of(receive, receiveCount, receiveType), root));

    public override int ScatterV(
        void* send, int* counts, int* displacements, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm,
        nint* request) =>
        Run(request, ScatterAsync(
            Begin(comm, request, root), new Blocks(send, counts, displacements, _types[sendType]), Of(receive, receiveCount, receiveType),
            root));

    public override int AllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request) =>
        Run(request, AllGatherAsync(Begin(comm, request), Of(send, sendCount, sendType), new(receive, receiveCount, _types[receiveType])));

    public override int AllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request) =>
        Run(request, AllGatherAsync(
            Begin(comm, request), Of(send, sendCount, sendType), new(receive, counts, displacements, _types[receiveType])));

    public override int AllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request)
    {
        var messages = Begin(comm, request);
        var to = new Blocks(receive, receiveCount, _types[receiveType]);
        return Run(request, send == InPlace
            ? AllToAllInPlaceAsync(messages, to)
            : AllToAllAsync(messages, new Blocks(send, sendCount, _types[sendType]), to));
    }

    public override int AllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType,
        void* receive, int* receiveCounts, int* receiveDisplacements, nint receiveType, nint comm, nint* request)
    {
        var messages = Begin(comm, request);
        var to = new Blocks(receive, receiveCounts, receiveDisplacements, _types[receiveType]);
        return Run(request, send == InPlace
            ? AllToAllInPlaceAsync(messages, to)
            : AllToAllAsync(messages, new Blocks(send, sendCounts, sendDisplacements, _types[sendType]), to));
    }

    public override int AllToAllW(
        void* send, int[] sendCounts, int[] sendDisplacementsBytes, nint[] sendTypes,
        void* receive, int[] receiveCounts, int[] receiveDisplacementsBytes, nint[] receiveTypes, nint comm)
    {
        Part[] outgoing = [.. sendTypes.Select((type, rank) => Of((byte*)send + sendDisplacementsBytes[rank], sendCounts[rank], type))];
        Part[] incoming = [.. receiveTypes.Select((type, rank) => Of((byte*)receive + receiveDisplacementsBytes[rank], receiveCounts[rank], type))];
        return Run(null, AllToAllAsync(Begin(comm, null), new(outgoing), new(incoming)));
    }

    public override int Reduce(void* send, void* receive, int count, nint type, nint op, int root, nint comm, nint* request)
    {
        var by = Reduction(send, receive, count, type, op, out var from, out var to);
        return Run(request, ReduceAsync(Begin(comm, request, root), from, to, by, root));
    }

    public override int AllReduce(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var by = Reduction(send, receive, count, type, op, out var from, out var to);
        return Run(request, AllReduceAsync(Begin(comm, request), from, to, by));
    }

    public override int ReduceScatterBlock(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var by = Reduction(send, receive, count, type, op, out var from, out var to);
        return Run(request, ReduceScatterAsync(Begin(comm, request), from, to, by, _ => count));
    }

    public override int ReduceScatter(void* send, void* receive, int* counts, nint type, nint op, nint comm, nint* request)
    {
        var by = Reduction(send, receive, 0, type, op, out var from, out var to);
        return Run(request, ReduceScatterAsync(Begin(comm, request), from, to, by, rank => counts[rank]));
    }

    public override int Scan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var by = Reduction(send, receive, count, type, op, out var from, out var to);
        return Run(request, ScanAsync(Begin(comm, request), from, to, by, exclusive: false));
    }

    public override int ExclusiveScan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request)
    {
        var by = Reduction(send, receive, count, type, op, out var from, out var to);
        return Run(request, ScanAsync(Begin(comm, request), from, to, by, exclusive: true));
    }

    public override int NeighborAllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request)
    {
        var all = new Blocks(Of(send, sendCount, sendType));
        return Run(request, NeighborsAsync(Begin(comm, request), all, new(receive, receiveCount, _types[receiveType])));
    }

    public override int NeighborAllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request)
    {
        var all = new Blocks(Of(send, sendCount, sendType));
        return Run(request, NeighborsAsync(Begin(comm, request), all, new(receive, counts, displacements, _types[receiveType])));
    }

    public override int NeighborAllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request) =>
        Run(request, NeighborsAsync(
            Begin(comm, request), new Blocks(send, sendCount, _types[sendType]), new(receive, receiveCount, _types[receiveType])));

    public override int NeighborAllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType,
        void* receive, int* receiveCounts, int* receiveDisplacements, nint receiveType, nint comm, nint* request) =>
        Run(request, NeighborsAsync(
            Begin(comm, request), new Blocks(send, sendCounts, sendDisplacements, _types[sendType]),
            new(receive, receiveCounts, receiveDisplacements, _types[receiveType])));

    private Part Of(void* start, int count, nint type) => new(start, count, _types[type]);

    private EmbeddedOp Reduction(void* send, void* receive, int count, nint type, nint op, out Part from, out Part to)
    {
        var (layout, by) = (_types[type], _ops[op]);
        by.Check(layout);
        (from, to) = (new(send == InPlace ? receive : send, count, layout), new(receive, count, layout));
        return by;
    }

    private CollectiveMessages Begin(nint comm, nint* request, int root = 0)
    {
        var of = _comms[comm];
        return (uint)root < (uint)of.Peers.Length || (of.IsInter && root is Mpi.Root or Mpi.ProcNull)
            ? new(this, of, of.NextTag(), awaits: request != null)
            : throw Failure(MpiErrorClass.Root, "collective", $"invalid root {root}; the communicator has {of.Peers.Length}.");
    }

    /// <summary>The messages of a collective that this backend needs for itself.</summary>
    private CollectiveMessages Blocking(EmbeddedCommunicator of) => new(this, of, of.NextTag(), awaits: false);

    private void Barrier(EmbeddedCommunicator of) => Now(BarrierAsync(Blocking(of)));

    /// <summary>The end of a collective whose messages have all been waited for.</summary>
    private static void Now(ValueTask collective) => collective.GetAwaiter().GetResult();

    private int Run(nint* request, ValueTask collective)
    {
        if (request == null)
        {
            Now(collective);
            return 0;
        }
        var operation = new Operation();
        *request = _requests.Add(operation);
        _ = ConcludeAsync(operation, collective);
        return 0;
    }
}
