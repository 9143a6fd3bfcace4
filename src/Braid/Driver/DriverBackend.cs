using System.Runtime.CompilerServices;
using Braid.Coordination.Client;
using Braid.Diagnostics;
using Braid.Driver.Lineage;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// The shell around the scheduler: turns calls and frames into events, drains them through the one <see cref="Scheduler"/>, and carries
/// its commands out. Everything below "draining" is touched only by the thread that drains the <see cref="Inbox"/>.
/// </summary>
internal sealed partial class DriverBackend : ClusterBackend
{
    private readonly Inbox _inbox;
    private readonly WorkerPool _workers;
    private readonly DriverCoordination _coordination;
    private readonly DeadlockSearch _deadlocks;
    private long _lastId;
    /// <summary>Tasks let in, counted by their submitters.</summary>
    private long _submitted;

    /// <summary>Up to which <see cref="_submitted"/> may grow, as far as was seen: the bound on pending tasks.</summary>
    private long _admitted;

    /// <summary>Tasks ended, counted while the inbox is drained.</summary>
    private long _ended;

    private int _disposed;

    private DriverBackend(ClusterOptions options)
    {
        Options = options;
        _inbox = new Inbox(Handle, Crash);
        _workers = new WorkerPool(this, options);
        _coordination = new DriverCoordination(this);
        _lineage = new LineageBook(options.LineageBytesMax);
        _deadlocks = new DeadlockSearch(this);
    }

    public ClusterOptions Options { get; }

    public EngineSession Session { get; private set; } = null!;

    public override CoordinationBackend Coordination => _coordination;

    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    public long NewId() => Interlocked.Increment(ref _lastId);

    public static async Task<Cluster> StartAsync(ClusterOptions? options, CancellationToken cancellationToken)
    {
        options ??= ClusterOptions.FromEnvironment();
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        var driver = new DriverBackend(options);
        driver.Session = await options.Engine.OpenAsync(driver, options, cancellationToken).ConfigureAwait(false);
        try
        {
            await driver._workers.StartAsync(cancellationToken).ConfigureAwait(false);
            driver.Session.Started();
            driver.StartTicking();
        }
        catch
        {
            await driver.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return driver.Cluster;
    }

    public override ObjectRef<T> Submit<T>(Delegate body, Invoker invoker, TaskOptions options)
    {
        var record = new TaskRecord<T>(this, Interlocked.Increment(ref _lastId), options);
        var reference = new ObjectRef<T>(record);
        Submit(record, body, invoker);
        return reference;
    }

    public override ObjectRef<T> Put<T>(T value)
    {
        ThrowIfDisposed();
        if (_draining && TaskExecution.Current?.Backend != this)
            throw Draining();
        var record = new TaskRecord<T>(this, Interlocked.Increment(ref _lastId), TaskOptions.Default);
        Session.Put(record, value);
        _inbox.Post(new DriverEvent(DriverEventKind.Put, null, record.Id, 0, record));
        return new ObjectRef<T>(record);
    }

    public override IAsyncEnumerable<T> Stream<T>(Func<IAsyncEnumerable<T>> body, TaskOptions options) => StreamAsync(body, options);

    private async IAsyncEnumerable<T> StreamAsync<T>(
        Func<IAsyncEnumerable<T>> body, TaskOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var record = new TaskRecord<Nothing>(this, Interlocked.Increment(ref _lastId), options);
        var items = new StreamBuffer<T>(record, options.StreamBuffer);
        record.Stream = items;
        Submit(record, body, StreamInvoker<T>.Instance);
        try
        {
            await foreach (var item in items.ReadAsync(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
        finally
        {
            Cancel(record, force: false);
        }
    }

    public override void Cancel(IObjectState state, bool force)
    {
        if (state.Status == ObjectStatus.Pending)
            _inbox.Post(new DriverEvent(DriverEventKind.Cancel, null, state.Id, 0, state, null, force ? 1 : 0));
    }

    public override ClusterInfo Describe() =>
        new(Session.Name, _workers.Describe(), Pending, Session.SharedBytes, Session.SpilledBytes);

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            await _workers.Stopped.ConfigureAwait(false);
            return;
        }

        _ticks?.Dispose();
        _workers.Stop();
        _deadlocks.Dispose();
        var quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Post(new DriverEvent(DriverEventKind.Dispose, null, 0, 0, quiet));
        await quiet.Task.ConfigureAwait(false);
        if (Session is not null)
            await Session.DisposeAsync().ConfigureAwait(false);
        _workers.HasStopped();
    }

    /// <summary>For links: what a worker reports.</summary>
    public void Post(in DriverEvent e) => _inbox.Post(e);

    /// <summary>For links: everything that one read brought.</summary>
    public void Post(StructList<DriverEvent> events) => _inbox.Post(events);

    /// <summary>Gives a task, the driver's own or a worker's, what it needs to be submitted.</summary>
    /// <exception cref="InvalidOperationException">Too many tasks are pending, a reference is not of this cluster, or no worker could ever run it.</exception>
    public void Admit(TaskRecord record, TaskSpec spec, IObjectState[] references)
    {
        record.Spec = spec;
        record.Needs = ResourceUnits.OfTask(record.Options.Resources);
        ResourceUnits.ThrowIfNeverFits(record.Needs, Options);
        if (references.Length > 0)
            record.Dependencies = DistinctOf(references);
        var submitted = Interlocked.Increment(ref _submitted);
        if (submitted <= Volatile.Read(ref _admitted))
            return;
        // The count of ended tasks changes all the time on another core: it is looked at only when the room seen last is used up.
        var admitted = Volatile.Read(ref _ended) + Options.PendingTasksMax;
        Volatile.Write(ref _admitted, admitted);
        if (submitted > admitted)
        {
            Interlocked.Decrement(ref _submitted);
            throw new InvalidOperationException(
                $"{Options.PendingTasksMax:N0} tasks are pending, the bound of ClusterOptions.PendingTasksMax. Await some before submitting more.");
        }
    }

    private void Submit(TaskRecord record, Delegate body, Invoker invoker)
    {
        ThrowIfDisposed();
        var spec = Session.Prepare(body, invoker, record.Options, out var references);
        Admit(record, spec, references);
        ThrowIfDraining();
        if (BraidMetrics.TasksSubmitted.Enabled)
            BraidMetrics.TasksSubmitted.Add(1);
        if (BraidTracing.IsOn)
            record.Activity = BraidTracing.Submit(record.Name, record.Id);
        _inbox.Post(new DriverEvent(DriverEventKind.Submit, null, record.Id, 0, record));
        record.Watch(record.Options.CancellationToken);
    }

    private TaskNode[] DistinctOf(IObjectState[] references)
    {
        var nodes = new TaskNode[references.Length];
        var seen = references.Length > 1 ? new HashSet<long>(references.Length) : null;
        var count = 0;
        foreach (var reference in references)
        {
            // Whoever holds an actor's handle does not wait for the actor's end.
            if (reference is ActorHandle { Record: var actor } && actor.Driver == this)
                continue;
            if (reference is not TaskRecord record || record.Driver != this)
                throw new InvalidOperationException($"Reference {reference.Id} belongs to another cluster: await it here and capture its value instead.");
            if (seen is null || seen.Add(record.Id))
                nodes[count++] = record;
        }

        return count == nodes.Length ? nodes : nodes[..count];
    }

    /// <summary>Whether nothing is under way. Right after an event a look at the moment's state, which may be another already.</summary>
    public bool IsIdle => _scheduler.ReadyCount == 0 && _scheduler.AssignedCount == _scheduler.LivingActors;

    private long Pending => Math.Max(0, Volatile.Read(ref _submitted) - Volatile.Read(ref _ended));

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(Cluster));
}
