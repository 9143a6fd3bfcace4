using Braid.Actors;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// All that the driver knows of one actor. It is the record of a task that lasts as long as the actor lives: its retries are the actor's restarts,
/// its attempt the incarnation. Mutated only while the driver's inbox is drained, but for what is marked otherwise.
/// </summary>
internal sealed class ActorRecord : TaskRecord
{
    private readonly Lock _gate = new();

    /// <summary>Index of each group, by name.</summary>
    private readonly Dictionary<string, int> _groups = [];

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private WeakReference<ActorHandle>? _handle;

    /// <summary>Of the last handle. Guarded by <see cref="_gate"/>.</summary>
    private int _generation;

    /// <summary>The name of <see cref="TaskRecord.Spec"/>, once that was let go.</summary>
    private string? _madeBy;

    private ITimer? _idleTimer;
    private ITimer? _ageTimer;
    private long _takenAtLastTick = -1;
    private int _idleTicks;

    public ActorRecord(DriverBackend driver, long id, ActorOptions options)
        : base(driver, id, new TaskOptions { Name = options.Name, Retries = options.MaxRestarts, Resources = ResourcesOf(options) })
    {
        Actor = options;
        Mailbox = new Mailbox<TaskRecord>(options.MailboxCapacity);
        Setup = ActorSetup.Of(options);
        CallDefaults = CallOptions.Default.ToTaskOptions(options.MaxCallRetries);
        foreach (var group in options.ConcurrencyGroups.Keys)
            _groups.Add(group, _groups.Count + 1);
        Node = new ActorNode(this, Setup.Concurrency) { CallsLeft = options.MaxCalls ?? long.MaxValue };
        // Its end has no value; whoever waits for it learns only that it came.
        Payload = Payload.Empty;
    }

    public ActorOptions Actor { get; }

    public Mailbox<TaskRecord> Mailbox { get; }

    public ActorSetup Setup { get; }

    public ActorNode Node { get; }

    /// <summary>Its own, or where the lambda that made it stands; also of a dead one, whose callers are told.</summary>
    public override string Name => Actor.Name ?? _madeBy ?? base.Name;

    /// <summary>What a call without options gets.</summary>
    public TaskOptions CallDefaults { get; }

    /// <summary><see cref="Setup"/> as it travels; made by the session that needs it.</summary>
    public Payload? SetupPayload { get; set; }

    /// <summary>The last snapshot: a <see cref="Payload"/>, or a <see cref="LocalResult{T}"/>; null before the first.</summary>
    public object? Snapshot { get; set; }

    /// <summary>Why it was stopped, where nobody asked for it.</summary>
    public string? StopReason { get; set; }

    /// <summary>Thread-safe.</summary>
    /// <exception cref="ArgumentException">It has no such group.</exception>
    public int GroupOf(string? group)
    {
        if (group is null)
            return 0;
        return _groups.TryGetValue(group, out var index)
            ? index
            : throw new ArgumentException($"Actor '{Name}' has no concurrency group '{group}'. It has: {string.Join(", ", _groups.Keys.Append("none")).Replace(", none", "", StringComparison.Ordinal)}.");
    }

    /// <summary>The one handle, made again where the last has gone. Thread-safe.</summary>
    public ActorHandle Handle()
    {
        lock (_gate)
        {
            if (_handle is not null && _handle.TryGetTarget(out var known))
                return known;
            var made = new ActorHandle(this, ++_generation);
            _handle = new WeakReference<ActorHandle>(made);
            return made;
        }
    }

    /// <summary>From the finalizer.</summary>
    public void HandleLost(int generation)
    {
        if (Actor.LivesOnItsOwn || Status != ObjectStatus.Pending)
            return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static lost => lost.Record.Driver.Post(lost.Record.EventOf(ActorEvent.Unreachable, lost.Generation)),
            (Record: this, Generation: generation),
            preferLocal: false);
    }

    public bool IsUnreachable(int generation)
    {
        lock (_gate)
            return generation == _generation;
    }

    /// <summary>Counts a call in. Thread-safe.</summary>
    /// <exception cref="ActorMailboxFullException">The bound is reached.</exception>
    public void AdmitCall()
    {
        if (Mailbox.TryEnter())
            return;
        throw new ActorMailboxFullException(
            $"{Actor.MailboxCapacity:N0} calls of actor '{Name}' are pending, the bound of ActorOptions.MailboxCapacity. Await some before sending more.");
    }

    /// <summary>A call that was counted in could not be sent. Thread-safe.</summary>
    public void WithdrawCall() => Driver.Post(EventOf(ActorEvent.Withdrawn));

    public DriverEvent EventOf(ActorEvent what, int attempt = 0) =>
        new(DriverEventKind.Actor, null, Id, attempt, this, null, (long)what);

    public void StartTimers()
    {
        var clock = Driver.Options.TimeProvider;
        if (Actor.MaxAge is { } age)
            _ageTimer ??= clock.CreateTimer(static record => Tell((ActorRecord)record!, ActorEvent.Aged), this, age, Timeout.InfiniteTimeSpan);
        if (Actor.IdleTimeout is { } idle)
            _idleTimer ??= clock.CreateTimer(static record => Tell((ActorRecord)record!, ActorEvent.Tick), this, idle / IdleTicks, idle / IdleTicks);
    }

    public void StopTimers()
    {
        _ageTimer?.Dispose();
        _idleTimer?.Dispose();
    }

    /// <summary>A part of the idle time has passed: whether nothing was pending for all of it.</summary>
    public bool IsIdle()
    {
        _idleTicks = Node.Pending == 0 && Node.Taken == _takenAtLastTick ? _idleTicks + 1 : 0;
        _takenAtLastTick = Node.Taken;
        return _idleTicks >= IdleTicks;
    }

    public override void ForgetLineage()
    {
        _madeBy ??= Spec?.Name;
        base.ForgetLineage();
    }

    public override T Read<T>() => throw new InvalidOperationException("An actor is no value.");

    public override void Accept(object? result)
    {
        // The end of an actor has no value.
    }

    private const int IdleTicks = 4;

    private static void Tell(ActorRecord record, ActorEvent what) => record.Driver.Post(record.EventOf(what));

    /// <summary>An actor takes no slot unless it asks for one.</summary>
    private static Dictionary<string, double> ResourcesOf(ActorOptions options)
    {
        var resources = new Dictionary<string, double> { ["cores"] = 0 };
        foreach (var (name, amount) in options.Resources ?? resources)
            resources[name] = amount;
        return resources;
    }
}

/// <summary>What happened to an actor: the number of a <see cref="DriverEventKind.Actor"/>.</summary>
internal enum ActorEvent : byte
{
    /// <summary>The constructor has returned at the worker.</summary>
    Started,

    /// <summary>A snapshot has come.</summary>
    Snapshot,

    Stop,

    Kill,

    /// <summary>The grace after a kill is over; the attempt is the incarnation that was killed.</summary>
    GiveUp,

    /// <summary>A handle was collected; the attempt is its generation.</summary>
    Unreachable,

    /// <summary>A part of the idle time has passed.</summary>
    Tick,

    Aged,

    /// <summary>The payload is to be told when the mailbox has room.</summary>
    Room,

    /// <summary>A call that was let in could not be sent.</summary>
    Withdrawn,
}
