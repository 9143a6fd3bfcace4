using System.Diagnostics;
using Braid.Diagnostics;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// All that the driver knows of one task, or of one value that was put: the scheduler's node, what to run, and in the end its value.
/// Mutated only while the driver's inbox is drained, but for what is marked otherwise.
/// </summary>
internal abstract class TaskRecord : TaskNode, IObjectState
{
    private static readonly List<WorkerLink> NoSubscribers = [];

    private List<WorkerLink>? _subscribers;
    private Completion _completion;
    /// <summary>An <see cref="ObjectStatus"/>, as a number so that it can be exchanged.</summary>
    private int _status;

    private Exception? _error;
    private CancellationTokenRegistration _cancelRegistration;

    protected TaskRecord(DriverBackend driver, long id, TaskOptions options)
    {
        Driver = driver;
        Id = id;
        Options = options;
        Priority = options.Priority;
        RetriesLeft = options.Retries;
        Progress = options.Progress is { } progress ? new ProgressRelay(progress) : null;
    }

    public DriverBackend Driver { get; }

    public TaskOptions Options { get; }

    /// <summary>Null where nobody listens.</summary>
    public ProgressRelay? Progress { get; }

    long IObjectState.Id => Id;

    ClusterBackend IObjectState.Backend => Driver;

    public ObjectStatus Status => (ObjectStatus)Volatile.Read(ref _status);

    public Task Completion => _completion.Task;

    /// <summary>What awaiting the reference throws. Written before <see cref="Status"/>.</summary>
    public new Exception? Error => Status is ObjectStatus.Failed or ObjectStatus.Cancelled ? _error : null;

    /// <summary>What to run. Null for a value that was put, and once it will never run again.</summary>
    public TaskSpec? Spec { get; set; }

    /// <summary>The encoded value; null where it is here as it is, or not yet there. Written before <see cref="Status"/>.</summary>
    public Payload? Payload { get; protected set; }

    /// <summary>Where the items of a stream go; null for other tasks.</summary>
    public IStreamSink? Stream { get; set; }

    /// <summary>Its neighbours among the tasks that have not ended: <see cref="OpenTasks"/>'s.</summary>
    public TaskRecord? OpenPrevious { get; set; }

    /// <inheritdoc cref="OpenPrevious"/>
    public TaskRecord? OpenNext { get; set; }

    /// <summary>From submitting to the end; null while nobody traces.</summary>
    public Activity? Activity { get; set; }

    /// <summary>The attempt ran over its time limit and did not listen: its end counts as a time-out, not as a cancellation.</summary>
    public bool TimedOut { get; set; }

    public string Name => Options.Name ?? Spec?.Name ?? "a value that was put";

    public abstract T Read<T>();

    /// <summary>Takes the encoded result of the attempt that ended it, or null where the value is here as it is: just before <see cref="End"/>.</summary>
    public abstract void Accept(object? result);

    /// <summary>Called by the submitting thread after the task was posted: a token that is signalled already must not overtake it.</summary>
    public void Watch(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return;
        _cancelRegistration = cancellationToken.UnsafeRegister(static record => ((TaskRecord)record!).Driver.Cancel((TaskRecord)record!, force: false), this);
        // Either this thread sees the end, or End sees the registration.
        Interlocked.MemoryBarrier();
        if (Status != ObjectStatus.Pending)
            _cancelRegistration.Unregister();
    }

    /// <summary>The last thing that happens to a task: wakes all that wait for it.</summary>
    public void End(ObjectStatus status, Exception? error)
    {
        _error = error;
        // A value that is there and was perhaps seen is not taken back by a cancellation.
        if (status == ObjectStatus.Cancelled)
            Interlocked.CompareExchange(ref _status, (int)status, (int)ObjectStatus.Pending);
        else
            Interlocked.Exchange(ref _status, (int)status);
        _cancelRegistration.Unregister();
        Stream?.End(error);
        _completion.Complete();
        if (Activity is not null)
            BraidTracing.End(Activity, error);
        if (BraidMetrics.TasksEnded.Enabled)
            BraidMetrics.TasksEnded.Add(1, new KeyValuePair<string, object?>("outcome", OutcomeOf(status)));
        if (status == ObjectStatus.Failed && BraidEvents.Log.IsEnabled())
            BraidEvents.Log.TaskFailed(Id, Name, error!.Message);
    }

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
        if (!(_subscribers ??= []).Contains(link))
            _subscribers.Add(link);
    }

    public List<WorkerLink> TakeSubscribers()
    {
        var subscribers = _subscribers;
        _subscribers = null;
        return subscribers ?? NoSubscribers;
    }

    /// <summary>A value in the driver's own memory cannot be lost, so what it was made from need not be kept.</summary>
    public void ForgetLineage()
    {
        Spec = null;
        Dependencies = [];
    }
}

/// <inheritdoc cref="TaskRecord"/>
internal sealed class TaskRecord<T>(DriverBackend driver, long id, TaskOptions options) : TaskRecord(driver, id, options)
{
    private T? _value;

    public override void Accept(object? result) => Payload ??= (Payload?)result;

    /// <summary>
    /// Takes the value as it is, from the thread that made it. Readers may see it before the scheduler has heard of it: a dependent that runs
    /// on the same worker right after does.
    /// </summary>
    public void AcceptLocal(T value)
    {
        _value = value;
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
