using Braid.Diagnostics;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// The shell around the scheduler: turns calls and frames into events, drains them through the one <see cref="Scheduler"/>, and carries
/// its commands out. Everything below "draining" is touched only by the thread that drains the <see cref="Inbox"/>.
/// </summary>
internal sealed partial class DriverBackend : ClusterBackend
{
    private const int PendingCheckInterval = 64;

    private readonly Inbox _inbox;
    private readonly WorkerPool _workers;
    private long _lastId;
    /// <summary>Tasks let in, counted by their submitters.</summary>
    private long _submitted;

    /// <summary>Tasks ended, counted while the inbox is drained.</summary>
    private long _ended;

    private int _disposed;

    private DriverBackend(ClusterOptions options)
    {
        Options = options;
        _inbox = new Inbox(Handle, Crash);
        _workers = new WorkerPool(this, options);
    }

    public ClusterOptions Options { get; }

    public EngineSession Session { get; private set; } = null!;

    public static async Task<DriverBackend> StartAsync(ClusterOptions options, CancellationToken cancellationToken)
    {
        var driver = new DriverBackend(options);
        driver.Session = await options.Engine.OpenAsync(driver, options, cancellationToken);
        try
        {
            await driver._workers.StartAsync(cancellationToken);
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }

        return driver;
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
        var record = new TaskRecord<T>(this, Interlocked.Increment(ref _lastId), TaskOptions.Default);
        Session.Put(record, value);
        _inbox.Post(new DriverEvent(DriverEventKind.Put, null, record.Id, 0, record));
        return new ObjectRef<T>(record);
    }

    public override async IAsyncEnumerable<T> Stream<T>(Func<IAsyncEnumerable<T>> body, TaskOptions options)
    {
        var record = new TaskRecord<Nothing>(this, Interlocked.Increment(ref _lastId), options);
        var items = new StreamBuffer<T>(record, options.StreamBuffer);
        record.Stream = items;
        Submit(record, body, StreamInvoker<T>.Instance);
        try
        {
            await foreach (var item in items.ReadAsync().ConfigureAwait(false))
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
            await _workers.Stopped;
            return;
        }

        _workers.Stop();
        var quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Post(new DriverEvent(DriverEventKind.Dispose, null, 0, 0, quiet));
        await quiet.Task;
        if (Session is not null)
            await Session.DisposeAsync();
        _workers.HasStopped();
    }

    /// <summary>For links: what a worker reports.</summary>
    public void Post(in DriverEvent e) => _inbox.Post(e);

    /// <summary>For links: everything that one read brought.</summary>
    public void Post(List<DriverEvent> events) => _inbox.Post(events);

    /// <summary>Gives a task, the driver's own or a worker's, what it needs to be submitted.</summary>
    /// <exception cref="InvalidOperationException">Too many tasks are pending, it needs more than any worker has, or a reference is not of this cluster.</exception>
    public void Admit(TaskRecord record, TaskSpec spec, IObjectState[] references)
    {
        record.Spec = spec;
        if (record.Options.Resources is { Count: > 0 } resources)
        {
            CheckFits(resources);
            record.Needs = Needs(resources);
        }

        if (references.Length > 0)
            record.Dependencies = DistinctOf(references);
        // The count of ended tasks changes all the time on another core: it is looked at once in a while, and the bound is as exact as that.
        if (Interlocked.Increment(ref _submitted) % PendingCheckInterval == 0 && Pending > Options.PendingTasksMax)
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
            if (reference is not TaskRecord record || record.Driver != this)
                throw new InvalidOperationException($"Reference {reference.Id} belongs to another cluster: await it here and capture its value instead.");
            if (seen is null || seen.Add(record.Id))
                nodes[count++] = record;
        }

        return count == nodes.Length ? nodes : nodes[..count];
    }

    private long Pending => Math.Max(0, Volatile.Read(ref _submitted) - Volatile.Read(ref _ended));

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(Cluster));

    /// <summary>A task that fits on no worker would wait for ever.</summary>
    private void CheckFits(IReadOnlyDictionary<string, double> needs)
    {
        foreach (var (name, amount) in needs)
        {
            var offered = name == "cores" ? Options.SlotCount : Options.Resources.GetValueOrDefault(name);
            if (amount > offered)
            {
                throw new InvalidOperationException(
                    $"The task needs {amount} of '{name}', and each worker has {offered}. Workers' resources are set by ClusterOptions.{(name == "cores" ? nameof(ClusterOptions.SlotsPerWorker) : nameof(ClusterOptions.Resources))}.");
            }
        }
    }

    /// <summary>What each worker offers besides its slots.</summary>
    public static ResourceAmount[] WorkerResources(ClusterOptions options)
    {
        var amounts = new ResourceAmount[options.Resources.Count];
        var count = 0;
        foreach (var (name, amount) in options.Resources)
            amounts[count++] = new ResourceAmount(name, Units(name, amount));
        return amounts;
    }

    public static ResourceNeed? Needs(IReadOnlyDictionary<string, double>? resources)
    {
        if (resources is null || resources.Count == 0)
            return null;
        var cores = ResourceNeed.Unit;
        var others = new List<ResourceAmount>();
        foreach (var (name, amount) in resources)
        {
            var units = Units(name, amount);
            if (name == "cores")
                cores = units;
            else if (units > 0)
                others.Add(new ResourceAmount(name, units));
        }

        return cores == ResourceNeed.Unit && others.Count == 0 ? null : new ResourceNeed(cores, [.. others]);
    }

    public static long Units(string name, double amount)
    {
        if (!(amount >= 0) || amount > 1e14)
            throw new ArgumentOutOfRangeException(nameof(amount), amount, $"Resource '{name}' must be from 0 to 1e14.");
        return (long)Math.Round(amount * ResourceNeed.Unit);
    }
}
