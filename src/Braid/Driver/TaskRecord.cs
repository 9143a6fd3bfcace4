using System.Diagnostics;
using Braid.Diagnostics;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// All that the driver knows of one task, or of one value that was put: the scheduler's node, what to run, and in the end its value.
/// Mutated only while the driver's inbox is drained, but for what is marked otherwise.
/// </summary>
internal abstract partial class TaskRecord : TaskNode, IObjectState
{
    private static readonly List<WorkerLink> NoSubscribers = [];

    /// <summary>
    /// Who waits in this process: null while nobody does, an <see cref="Action"/> for one plain await, otherwise a <see cref="TaskCompletionSource"/>.
    /// Whoever exchanges an action for something else sees to it that it is called.
    /// </summary>
    private object? _waiters;

    /// <summary>Null for most: a million queued tasks are as large as their records.</summary>
    private TaskExtras? _extras;

    /// <summary>An <see cref="ObjectStatus"/>, as a number so that it can be exchanged.</summary>
    private int _status;

    protected TaskRecord(DriverBackend driver, long id, TaskOptions options)
    {
        Driver = driver;
        Id = id;
        Options = options;
        Priority = options.Priority;
        RetriesLeft = options.Retries;
        if (options.Progress is { } progress)
            Extras.Progress = new ProgressRelay(progress);
    }

    public DriverBackend Driver { get; }

    public TaskOptions Options { get; }

    /// <summary>Null where nobody listens.</summary>
    public ProgressRelay? Progress => _extras?.Progress;

    long IObjectState.Id => Id;

    ClusterBackend IObjectState.Backend => Driver;

    public ObjectStatus Status => (ObjectStatus)Volatile.Read(ref _status);

    /// <summary>Made only when somebody asks for it: most references are awaited after they have ended, and of the others most by one plain await.</summary>
    public Task Completion
    {
        get
        {
            if (Status != ObjectStatus.Pending)
                return Task.CompletedTask;
            TaskCompletionSource? waiters;
            while ((waiters = Volatile.Read(ref _waiters) as TaskCompletionSource) is null)
            {
                var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var alone = Volatile.Read(ref _waiters) as Action;
                if (Interlocked.CompareExchange(ref _waiters, source, alone) == (object?)alone && alone is not null)
                    source.Task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(alone);
            }

            // Either this thread sees the end, or End sees that somebody waits.
            Interlocked.MemoryBarrier();
            if (Status != ObjectStatus.Pending)
                waiters.TrySetResult();
            return waiters.Task;
        }
    }

    public bool TryAwait(Action continuation)
    {
        if (Status != ObjectStatus.Pending || Interlocked.CompareExchange(ref _waiters, continuation, null) is not null)
            return false;
        // The exchange was a full fence: either this thread sees the end, or End sees the continuation.
        return Status == ObjectStatus.Pending || Interlocked.CompareExchange(ref _waiters, null, continuation) != (object)continuation;
    }

    /// <summary>Whether the end is awaited, by whoever or by another task: for a look from the thread that has just made the value.</summary>
    public bool IsAwaited => Volatile.Read(ref _waiters) is not null || Volatile.Read(ref Dependents) is not null || Role is not null;

    /// <summary>What awaiting the reference throws. Written before <see cref="Status"/>.</summary>
    public new Exception? Error => Status is ObjectStatus.Failed or ObjectStatus.Cancelled ? _extras?.Error : null;

    /// <summary>What to run. Null for a value that was put, and once it will never run again.</summary>
    public TaskSpec? Spec { get; set; }

    /// <summary>The encoded value; null where it is here as it is, or not yet there. Written before <see cref="Status"/>.</summary>
    public Payload? Payload { get; protected set; }

    /// <summary>Where the items of a stream go; null for other tasks.</summary>
    public IStreamSink? Stream
    {
        get => _extras?.Stream;
        set => Extras.Stream = value;
    }

    /// <summary>Where it stands among the <see cref="OpenTasks"/>, while it is one of them.</summary>
    public int OpenPlace { get; set; }

    /// <summary>From submitting to the end; null while nobody traces.</summary>
    public Activity? Activity
    {
        get => _extras?.Activity;
        set => Extras.Activity = value;
    }

    /// <summary>The attempt ran over its time limit and did not listen: its end counts as a time-out, not as a cancellation.</summary>
    public bool TimedOut
    {
        get => _extras is { TimedOut: true };
        set => Extras.TimedOut = value;
    }

    public virtual string Name => Options.NameOrFunction ?? Spec?.Name ?? "a value that was put";

    public abstract T Read<T>();

    /// <summary>Takes the encoded result of the attempt that ended it, or null where the value is here as it is: just before <see cref="End"/>.</summary>
    public abstract void Accept(object? result);

    /// <summary>Called by the submitting thread after the task was posted: a token that is signalled already must not overtake it.</summary>
    public void Watch(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return;
        var extras = Extras;
        extras.Cancellation = cancellationToken.UnsafeRegister(static record => ((TaskRecord)record!).Driver.Cancel((TaskRecord)record!, force: false), this);
        // Either this thread sees the end, or End sees the registration.
        Interlocked.MemoryBarrier();
        if (Status != ObjectStatus.Pending)
            extras.Cancellation.Unregister();
    }

    /// <summary>The last thing that happens to a task: wakes all that wait for it.</summary>
    public void End(ObjectStatus status, Exception? error)
    {
        if (error is not null)
            Extras.Error = error;
        // A value that is there and was perhaps seen is not taken back by a cancellation. Both are full fences: who waits is looked at after them.
        if (status == ObjectStatus.Cancelled)
            Interlocked.CompareExchange(ref _status, (int)status, (int)ObjectStatus.Pending);
        else
            Interlocked.Exchange(ref _status, (int)status);
        if (Volatile.Read(ref _extras) is { } extras)
        {
            extras.Cancellation.Unregister();
            extras.Stream?.End(error);
            if (extras.Activity is not null)
                BraidTracing.End(extras.Activity, error);
        }

        var waiters = Volatile.Read(ref _waiters);
        if (waiters is Action continuation)
        {
            waiters = Interlocked.CompareExchange(ref _waiters, null, continuation);
            if (waiters == (object)continuation)
                Wakeups.Add(continuation);
        }

        (waiters as TaskCompletionSource)?.TrySetResult();
        if (BraidMetrics.TasksEnded.Enabled)
            BraidMetrics.TasksEnded.Add(1, new KeyValuePair<string, object?>("outcome", OutcomeOf(status)));
        if (status == ObjectStatus.Failed && BraidEvents.Log.IsEnabled())
            BraidEvents.Log.TaskFailed(Id, Name, error!.Message);
    }

    /// <summary>Made by the submitting thread (a token, a span) or while the inbox is drained, perhaps at the same time.</summary>
    private TaskExtras Extras =>
        Volatile.Read(ref _extras) ?? Interlocked.CompareExchange(ref _extras, new TaskExtras(), null) ?? _extras;

    private static string OutcomeOf(ObjectStatus status) => status switch
    {
        ObjectStatus.Ready => "ready",
        ObjectStatus.Failed => "failed",
        _ => "cancelled",
    };

    /// <summary>From the thread that made the value. What was ended before it, with the whole cluster, stays so.</summary>
    protected void MarkReady() => Interlocked.CompareExchange(ref _status, (int)ObjectStatus.Ready, (int)ObjectStatus.Pending);

    /// <summary>Workers that want to hear of the end.</summary>
    public void AddSubscriber(WorkerLink link)
    {
        var subscribers = Extras.Subscribers ??= [];
        if (!subscribers.Contains(link))
            subscribers.Add(link);
    }

    public List<WorkerLink> TakeSubscribers()
    {
        if (_extras is not { Subscribers: { } subscribers } extras)
            return NoSubscribers;
        extras.Subscribers = null;
        return subscribers;
    }

    /// <summary>It has ended: what it was made from is let go. Where its value can be lost, <see cref="Lineage"/> knows how it was made.</summary>
    public virtual void ForgetLineage()
    {
        Spec?.Release();
        Spec = null;
        Dependencies = [];
    }
}

/// <inheritdoc cref="TaskRecord"/>
internal sealed class TaskRecord<T>(DriverBackend driver, long id, TaskOptions options) : TaskRecord(driver, id, options)
{
    private T? _value;

    public override void Accept(object? result) => Payload = (Payload?)result ?? Payload;

    /// <summary>
    /// Takes the value as it is, from the thread that made it. Readers may see it before the scheduler has heard of it: a dependent that runs
    /// on the same worker right after does. What a call returns they see at its end, when there is room again in its actor's mailbox.
    /// </summary>
    public void AcceptLocal(T value)
    {
        _value = value;
        if (Role is null)
            MarkReady();
    }

    public override TRead Read<TRead>()
    {
        if (Payload is { } payload)
            return Driver.Session.Read<TRead>(payload);
        // The same type, unless the reference was read back under another one.
        return _value is TRead value ? value : (TRead)(object?)_value!;
    }
}
