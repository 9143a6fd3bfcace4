using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>
/// Moves and matches messages between the processes of one machine. Short ones travel in the rings. A longer one is offered: the receiver,
/// once it has a place for it, copies it straight out of the sender's memory, with the sender's help where that waits, or asks for it in
/// pieces where the system forbids that. One lock guards all of it; whoever waits drives it, and sleeps on a futex when nothing comes.
/// </summary>
internal sealed unsafe partial class Engine : IDisposable
{
    private readonly SharedSegment _segment;
    private readonly RingReader[] _incoming;
    private readonly RingWriter[] _outgoing;
    private readonly int _eagerMax;
    private readonly int _spins;
    private readonly long _yieldTicks;
    private readonly int _parent;

    /// <summary>Records that found no room, in order, by process; guarded by the lock.</summary>
    private readonly Queue<Waiting>?[] _waiting;

    private readonly Dictionary<int, MatchQueue> _queues = [];
    private readonly List<Operation?> _operations = [null];
    private readonly Stack<int> _free = [];

    /// <summary>What goes in pieces.</summary>
    private readonly List<Part> _parts = [];

    /// <summary>A bit for each claim of this rank that is free.</summary>
    private uint _freeClaims = (1u << SharedSegment.ClaimCount) - 1;

    private int _waitingCount;
    private int _lock;
    private int _sleepers;
    private int _lastContext = -1;
    private MatchQueue _lastQueue = null!;
    private bool _canReachPeers = true;

    public Engine(SharedSegment segment, int rank)
    {
        (_segment, Rank) = (segment, rank);
        var ranks = segment.Ranks;
        _incoming = [.. Enumerable.Range(0, ranks).Select(from => new RingReader(segment.Ring(from, rank)))];
        _outgoing = [.. Enumerable.Range(0, ranks).Select(to => new RingWriter(segment.Ring(rank, to)))];
        _waiting = new Queue<Waiting>?[ranks];
        _eagerMax = Math.Min(8 << 10, _outgoing[0].DataBytesMax);
        // Spinning is for a peer that runs now; where there are more ranks than cores it takes the core that the peer needs.
        (_spins, _yieldTicks) = ranks <= Environment.ProcessorCount ? (SpinsBeforeYield, YieldTicks) : (20, CrowdedYieldTicks);
        _parent = ranks > 1 ? SystemCalls.ParentProcess() : 0;
    }

    private readonly record struct Waiting(Record Record, byte[]? Data, nint Pointer, int Bytes, Operation? Done);

    public int Rank { get; }

    public int Ranks => _segment.Ranks;

    /// <summary>Sends and returns when the memory is free again.</summary>
    public void Send(int process, int context, int source, int tag, byte* data, long length, bool synchronous)
    {
        if (length <= _eagerMax && !synchronous)
        {
            var record = new Record { Kind = RecordKind.Eager, Context = context, Tag = tag, Source = source };
            Enter();
            var written = _waiting[process] is null or { Count: 0 } && _outgoing[process].TryWrite(in record, data, (int)length);
            Exit();
            if (written)
            {
                WakePeer(process);
                return;
            }
        }
        var send = Rent();
        StartSend(send, process, context, source, tag, data, length, synchronous);
        Wait(send);
        Return(send);
    }

    public void StartSend(Operation send, int process, int context, int source, int tag, byte* data, long length, bool synchronous)
    {
        (send.Peer, send.Context, send.Tag, send.Length) = (process, context, tag, length);
        send.Data = data;
        var record = new Record { Context = context, Tag = tag, Source = source };
        Enter();
        if (length <= _eagerMax && !synchronous)
        {
            record.Kind = RecordKind.Eager;
            Post(process, record, data, (int)length, send);
        }
        else
        {
            record.Kind = RecordKind.Offer;
            record.Operation = Register(send);
            send.Claim = length >= SharedBytesMin ? TakeClaim() : -1;
            var offer = stackalloc long[3] { length, (long)data, send.Claim };
            Post(process, record, offer, sizeof(long) * 3, null);
        }
        Exit();
        WakePeer(process);
    }

    public void StartReceive(Operation receive, int context, int source, int tag, byte* data, long room)
    {
        (receive.Context, receive.Peer, receive.Tag, receive.Length, receive.IsReceive) = (context, source, tag, room, true);
        receive.Data = data;
        Enter();
        var queue = QueueOf(context);
        if (queue.FindArrival(source, tag, take: true) is { } arrival)
        {
            Deliver(receive, arrival);
        }
        else
        {
            queue.Add(receive);
        }
        Exit();
    }

    /// <summary>Receives a message that a probe took.</summary>
    public void StartReceive(Operation receive, Arrival arrival, byte* data, long room)
    {
        (receive.Length, receive.IsReceive) = (room, true);
        receive.Data = data;
        Enter();
        Deliver(receive, arrival);
        Exit();
    }

    public Arrival? Find(int context, int source, int tag, bool take)
    {
        Enter();
        Advance();
        var arrival = QueueOf(context).FindArrival(source, tag, take);
        Exit();
        RunReady();
        return arrival;
    }

    /// <summary>Takes a receive back if no message has come for it.</summary>
    public void Cancel(Operation operation)
    {
        Enter();
        if (operation is { IsReceive: true, Done: false } && QueueOf(operation.Context).Remove(operation))
        {
            operation.Cancelled = true;
            Finish(operation);
        }
        Exit();
    }

    public bool Poll(Operation operation)
    {
        if (!operation.Done)
        {
            Enter();
            Advance();
            Exit();
            RunReady();
        }
        return operation.Done;
    }

    public void Wait(Operation operation)
    {
        _waits++;
        var patience = default(Patience);
        while (!Poll(operation))
        {
            Pause(ref patience, operation);
        }
    }

    public static Operation Rent()
    {
        var operation = _spare ?? new();
        _spare = null;
        operation.Reset();
        return operation;
    }

    public static void Return(Operation operation)
    {
        operation.FreeOwned();
        _spare = operation;
    }

    /// <summary>Whether all that was sent has left this process.</summary>
    public bool IsFlushed()
    {
        Enter();
        Advance();
        var flushed = _waitingCount == 0 && _parts.Count == 0;
        Exit();
        RunReady();
        return flushed;
    }

    public void Dispose() => _segment.Dispose();

    /// <summary>A blocking call's operation, kept by its thread for the next one.</summary>
    [ThreadStatic]
    private static Operation? _spare;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _lock, 1, 0) != 0)
        {
            EnterContended();
        }
    }

    private void EnterContended()
    {
        var spinner = default(SpinWait);
        while (Interlocked.CompareExchange(ref _lock, 1, 0) != 0)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Exit() => Volatile.Write(ref _lock, 0);

    private MatchQueue QueueOf(int context)
    {
        if (context == _lastContext)
        {
            return _lastQueue;
        }
        ref var queue = ref CollectionsMarshal.GetValueRefOrAddDefault(_queues, context, out _);
        queue ??= new();
        (_lastContext, _lastQueue) = (context, queue);
        return queue;
    }

    private long Register(Operation operation)
    {
        if (!_free.TryPop(out var id))
        {
            id = _operations.Count;
            _operations.Add(null);
        }
        _operations[id] = operation;
        return operation.Id = id;
    }

    private Operation Unregister(long id)
    {
        var operation = _operations[(int)id];
        Debug.Assert(operation is not null, "An answer names an operation that waits for it.");
        _operations[(int)id] = null;
        _free.Push((int)id);
        operation.Id = 0;
        return operation;
    }

    private void Finish(Operation operation)
    {
        if (operation.Unpack is { } type && !operation.Cancelled)
        {
            type.Unpack(operation.Data, operation.Received, operation.UnpackTo, operation.UnpackCount);
        }
        if (operation.Owned != null)
        {
            operation.FreeOwned();
        }
        if (operation.Continuation is { } continuation)
        {
            operation.Continuation = null;
            _ready.Enqueue(continuation);
            _isAnyReady = true;
        }
        operation.Done = true;
        Changed();
    }

    /// <summary>Something that is no message, and goes on beside, is done.</summary>
    public void Conclude(Operation operation)
    {
        Enter();
        operation.Done = true;
        Changed();
        Exit();
    }
}
