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
    /// <summary>Few: where another program has the peer's core, the peer waits for ours.</summary>
    private const int SpinsBeforeYield = 1_000;
    private const int SleepMillisecondsMax = 100;

    /// <summary>How long a waiter yields before it sleeps: longer than the copy of a few megabytes, since waking adds to that.</summary>
    private static readonly long YieldTicks = Stopwatch.Frequency / 500;

    /// <summary>The same where there are more ranks than cores.</summary>
    private static readonly long CrowdedYieldTicks = Stopwatch.Frequency / 10_000;

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
        }
        return operation.Done;
    }

    public void Wait(Operation operation)
    {
        var patience = default(Patience);
        while (!Poll(operation))
        {
            Pause(ref patience, operation);
        }
    }

    /// <summary>What a waiter has done already: it spins, then yields, then sleeps until a record comes.</summary>
    public struct Patience
    {
        public int Spins;
        public long YieldsSince;
    }

    public void Pause(ref Patience patience, Operation? operation)
    {
        if (TryPauseAwake(ref patience))
        {
            return;
        }
        var word = _segment.Sleeping(Rank);
        Interlocked.Increment(ref _sleepers);
        Volatile.Write(ref *word, 1);
        // The writer publishes, then looks whether we sleep; we say that we sleep, then look for what was published.
        Interlocked.MemoryBarrier();
        // The word stays set where something was found: another thread of this process may sleep on it.
        if (operation is not { Done: true } && !HasIncoming())
        {
            SystemCalls.WaitWhile(word, 1, SleepMillisecondsMax);
            DieWithParent();
        }
        Interlocked.Decrement(ref _sleepers);
        if (HasIncoming())
        {
            patience.YieldsSince = 0;
        }
    }

    /// <summary>
    /// A pause while waiting for a word in shared memory, which nobody wakes us for: what others wait for is moved, and the sleep is short.
    /// </summary>
    public void PauseBriefly(ref Patience patience)
    {
        const uint SleepMicrosecondsMax = 200;
        IsFlushed();
        if (!TryPauseAwake(ref patience))
        {
            _ = SystemCalls.SleepMicroseconds(SleepMicrosecondsMax);
            DieWithParent();
        }
    }

    /// <summary>Spins or yields; false when it is time to sleep.</summary>
    private bool TryPauseAwake(ref Patience patience)
    {
        if (patience.Spins < _spins)
        {
            // Without a pause of the processor, which would come on top of a short message's way.
            patience.Spins++;
            return true;
        }
        var now = Stopwatch.GetTimestamp();
        if (patience.YieldsSince == 0)
        {
            patience.YieldsSince = now;
        }
        else if (now - patience.YieldsSince > _yieldTicks)
        {
            return false;
        }
        Thread.Yield();
        return true;
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
        return flushed;
    }

    public void Dispose() => _segment.Dispose();

    /// <summary>A blocking call's operation, kept by its thread for the next one.</summary>
    [ThreadStatic]
    private static Operation? _spare;

    private void DieWithParent()
    {
        if (_parent != 0 && SystemCalls.ParentProcess() != _parent)
        {
            Console.Error.WriteLine($"Rank {Rank}: the launcher is gone; ending.");
            SystemCalls.ExitNow(1);
        }
    }

    private bool HasIncoming()
    {
        foreach (var ring in _incoming)
        {
            if (!ring.IsEmpty)
            {
                return true;
            }
        }
        return false;
    }

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

    private void WakePeer(int process)
    {
        Interlocked.MemoryBarrier();
        var word = _segment.Sleeping(process);
        if (Volatile.Read(ref *word) != 0)
        {
            Volatile.Write(ref *word, 0);
            SystemCalls.Wake(word);
        }
    }

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
        operation.Done = true;
        if (Volatile.Read(ref _sleepers) > 0)
        {
            WakeOwn();
        }
    }

    /// <summary>Wakes the threads of this process that sleep: something was done for one of them.</summary>
    public void WakeOwn()
    {
        var word = _segment.Sleeping(Rank);
        Volatile.Write(ref *word, 0);
        SystemCalls.Wake(word);
    }
}
