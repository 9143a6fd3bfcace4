namespace Braid.Scheduling;

/// <summary>Calls of an actor that share a bound on how many run at once. Groups do not wait for each other.</summary>
/// <param name="concurrency">How many run at once; at least 1.</param>
internal sealed class ActorGroup(int concurrency)
{
    private const int Unknown = -1;

    /// <summary>Queues that hold something, by caller.</summary>
    private readonly Dictionary<long, CallQueue> _callers = [];

    /// <summary>Queues whose first may be sent, or could when they were listed: taken in turn, so that no caller starves another.</summary>
    private readonly Queue<CallQueue> _listed = new();

    private long _microseconds = Unknown;
    private int _ahead;

    public int Concurrency => concurrency;

    /// <summary>Calls sent and not ended.</summary>
    public int InFlight { get; internal set; }

    public IReadOnlyCollection<CallQueue> Queues => _callers.Values;

    /// <summary>
    /// How many calls may be at the worker: those that run, and as many ahead as keep it busy for a round trip. What is ahead may have started when
    /// the worker dies, so long calls are not sent ahead of their turn.
    /// </summary>
    internal int Window(SchedulerOptions options) => concurrency + (_microseconds == Unknown ? options.AheadAtFirst : _ahead);

    internal void Observe(long elapsedMicroseconds, SchedulerOptions options)
    {
        _microseconds = _microseconds == Unknown ? elapsedMicroseconds : _microseconds + ((elapsedMicroseconds - _microseconds) >> 2);
        _ahead = (int)Math.Min(options.AheadMicroseconds * (long)concurrency / (_microseconds + 1), options.CallsAheadMaximum);
    }

    internal CallQueue QueueOf(long caller)
    {
        ref var queue = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_callers, caller, out _);
        return queue ??= new CallQueue(caller);
    }

    internal void Remove(TaskNode call)
    {
        var queue = ((ActorCall)call.Role!).Queue!;
        queue.Remove(call);
        if (queue.First is null)
            _callers.Remove(queue.Caller);
        else
            List(queue);
    }

    /// <summary>Its first may be one that can be sent now.</summary>
    internal void List(CallQueue queue)
    {
        if (queue.IsListed || queue.First is not { State: TaskState.Ready })
            return;
        queue.IsListed = true;
        _listed.Enqueue(queue);
    }

    /// <summary>The next that may be sent; null when there is none.</summary>
    internal TaskNode? NextReady()
    {
        while (_listed.TryDequeue(out var queue))
        {
            queue.IsListed = false;
            if (queue.First is { State: TaskState.Ready } first)
                return first;
        }
        return null;
    }

    /// <summary>Some call not sent; null when there is none.</summary>
    internal TaskNode? AnyQueued()
    {
        foreach (var queue in _callers.Values)
            return queue.First;
        return null;
    }
}
