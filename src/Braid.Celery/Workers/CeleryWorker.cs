using System.Collections.Concurrent;
using Braid.Celery.Brokers;
using Braid.Celery.Control;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Braid.Celery.Workers.Processes;

namespace Braid.Celery.Workers;

/// <summary>
/// A worker in this process: takes messages, holds those that must wait, runs the others, answers control commands, and shuts down without
/// losing a task.
/// </summary>
internal sealed partial class CeleryWorker : IAsyncDisposable
{
    /// <summary>What a cold shutdown gives methods to end after their tokens were cancelled, and then the rest to be stored and sent.</summary>
    private static readonly TimeSpan ColdGrace = TimeSpan.FromSeconds(2);

    private readonly CeleryApp _app;
    private readonly WorkerOptions _options;
    private readonly CancellationTokenSource _cold = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _shutDown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EventDispatcher _events;
    private readonly ITaskExecutor _executor;
    private readonly TaskCompletion _completion;
    private readonly TaskPool _pool;
    private readonly EtaBuffer _eta;
    private readonly Duplicates _duplicates;
    private readonly RemoteControl _control;
    private readonly Heartbeat _heartbeat;
    private ITaskConsumer? _consumer;
    private readonly PrefetchWindow _window;
    private ITimer? _windowTimer;
    private ITimer? _scaleTimer;
    private int _openWork;
    private readonly SemaphoreSlim _workDone = new(0);
    private volatile bool _stopping;

    internal CeleryWorker(CeleryApp app, WorkerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InitialConcurrency, 1);
        if (options.Autoscale is { } bounds)
        {
            Autoscaler = new Autoscaler(bounds.Max, bounds.Min);
            Autoscaler.Update(null, null);
        }
        _app = app;
        _options = options;
        Node = options.ResolveNodeName();
        Revoked = new(app.Time);
        Rates = new(app.Time);
        foreach (var task in app.Tasks.Values) if (task.Options.RateLimit is { } limit) Rates.Set(task.Name, limit);
        _events = new EventDispatcher(app, Node, options.TaskEvents);
        var inProcess = new TaskExecutor(app, Node, _cold.Token);
        Processes = options.ProcessApp is { } factory ? new ProcessExecutor(app, Node, factory, options, _cold.Token) : null;
        _executor = (ITaskExecutor?)Processes ?? inProcess;
        _completion = new TaskCompletion(app, Node, _events, inProcess, _abandon.Token);
        _eta = new EtaBuffer(app.Time, StartLater);
        _duplicates = new Duplicates(app);
        _pool = new TaskPool(options.InitialConcurrency, RunAsync);
        // A multiplier of 1 asks for fairness above all.
        _window = new PrefetchWindow(grows: options.PrefetchMultiplier > 1);
        _control = new RemoteControl(app, this);
        _heartbeat = new Heartbeat(this, options.HeartbeatInterval, app.Time);
    }

    internal string Node { get; }
    internal RevokedTasks Revoked { get; }
    internal RateLimiter Rates { get; }
    internal MemorySamples Memory { get; } = new();
    internal EventDispatcher Events => _events;
    internal Heartbeat Heartbeat => _heartbeat;
    internal TaskPool Pool => _pool;
    internal EtaBuffer Eta => _eta;
    internal ITaskConsumer Consumer => _consumer!;

    /// <summary>Completes when the tasks that waited at the call are here, as far as there is room.</summary>
    internal Task CatchUpAsync(CancellationToken cancellationToken) => _stopping || _consumer is not { } consumer ? Task.CompletedTask : consumer.CatchUpAsync(cancellationToken);

    /// <summary>Null where the number of slots is fixed.</summary>
    internal Autoscaler? Autoscaler { get; }

    /// <summary>Where tasks run, if not in this process.</summary>
    internal ProcessExecutor? Processes { get; }
    internal WorkerOptions Options => _options;
    /// <summary>Messages that were taken and are not settled yet.</summary>
    internal int OpenWork => Volatile.Read(ref _openWork);

    internal DateTimeOffset StartedAt { get; private set; }
    internal ConcurrentDictionary<string, WorkItem> Active { get; } = new(StringComparer.Ordinal);
    internal ConcurrentDictionary<string, long> Totals { get; } = new(StringComparer.Ordinal);

    /// <summary>Time limits set by control commands, over those of the tasks.</summary>
    internal ConcurrentDictionary<string, (double? Hard, double? Soft)> Limits { get; } = new(StringComparer.Ordinal);

    internal async Task RunAsync(CancellationToken stop)
    {
        using var registration = stop.Register(() => _stopRequested.TrySetResult());
        StartedAt = _app.Time.GetUtcNow();
        try
        {
            await StartAsync(stop);
            Ready.TrySetResult();
            await _stopRequested.Task;
            await ShutDownAsync();
        }
        // Told to stop before it took anything.
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !Ready.Task.IsCompleted) { }
        finally { _shutDown.TrySetResult(); }
    }

    private async Task StartAsync(CancellationToken stop)
    {
        await ConnectAsync(stop);
        if (Processes is not null) await Processes.StartAsync(_options.InitialConcurrency, stop);
        if (_options.RemoteControl) await _control.StartAsync(stop);
        if (_options.RemoteControl && _options.Mingle) await _control.MingleAsync(stop);
        var queues = _options.Queues ?? [_app.Settings.DefaultQueue];
        _consumer = await _app.Broker.ConsumeAsync(new TaskConsumerOptions
        {
            NodeName = Node,
            Queues = queues,
            Prefetch = PrefetchFor(_options.InitialConcurrency),
        }, OnDelivery, stop);
        if (_options.Heartbeat) _heartbeat.Start();
        if (Autoscaler is { } scaler)
        {
            _scaleTimer = _app.Time.CreateTimer(_ =>
            {
                if (!_stopping && scaler.Decide(_pool.Size, Active.Count + _pool.Reserved.Count, _app.Time.GetUtcNow()) is var change and not 0) Resize(change);
            }, null, Autoscaler.Period, Autoscaler.Period);
        }
        _windowTimer = _app.Time.CreateTimer(_ =>
        {
            _window.Tick();
            UpdatePrefetch();
        }, null, PrefetchWindow.Period, PrefetchWindow.Period);
        WorkerLog.Ready(_app.Logger, Node, _options.InitialConcurrency, string.Join(", ", queues), _app.Broker.Address);
    }

    /// <summary>Waits for a broker that is not there yet, and says so, as it does when it has lost it.</summary>
    private async Task ConnectAsync(CancellationToken stop)
    {
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                await _app.Broker.ConnectAsync(stop);
                return;
            }
            catch (Exception e) when (Outage.Is(e))
            {
                var pause = backoff.Next();
                WorkerLog.NotConnected(_app.Logger, e.Message, pause.TotalSeconds);
                await Task.Delay(pause, _app.Time, stop);
            }
        }
    }

    /// <summary>Completes when the worker takes tasks.</summary>
    internal TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void RequestShutdown() => _stopRequested.TrySetResult();

    private int PrefetchFor(int concurrency) => Math.Max(1, concurrency * Math.Max(1, _options.PrefetchMultiplier));

    internal void Resize(int change)
    {
        if (change > 0) _pool.Grow(change);
        else _pool.Shrink(-change);
        UpdatePrefetch();
    }

    /// <summary>RabbitMQ counts the tasks that wait for their time as taken, so the window grows with them.</summary>
    private void UpdatePrefetch()
    {
        if (_consumer is not { } consumer) return;
        var room = _app.Broker.Transport == "redis" ? 0 : _window.RoomFor(_eta.Count);
        var prefetch = Math.Min(_window.Size(_pool.Size, PrefetchFor(_pool.Size)) + room, ushort.MaxValue);
        if (consumer.Prefetch != prefetch) consumer.Prefetch = prefetch;
    }

    /// <summary>Work that nobody waits for; a failure in it is this worker's own defect, and is logged as such.</summary>
    private void Spawn(Func<Task> work) => _ = Task.Run(async () =>
    {
        try { await work(); }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested) { CloseWork(); }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            WorkerLog.Broken(_app.Logger, e, "?", "?");
            CloseWork();
        }
    });

    // Running: in a slot of the pool.

    private async Task RunAsync(WorkItem item, SemaphoreSlim completions)
    {
        if (Refusal(item) is { } refusal)
        {
            Spawn(() => FinishAsync(item, () => _completion.RevokeAsync(item, refusal, terminated: false, signal: null), completions));
            return;
        }
        if (_duplicates.MayBe(item) && !await IsFirstAsync(item, completions)) return;
        var headers = item.Headers;
        var settings = _app.Settings;
        var options = item.Task.Options;
        if (!(options.AcksLate ?? settings.AcksLate))
        {
            item.Acknowledged = true;
            item.Delivery.Ack();
        }
        _window.Count();
        Active[item.Id] = item;
        Totals.AddOrUpdate(headers.Task, 1, static (_, n) => n + 1);
        item.StartedAt = PythonTime.ToEpoch(_app.Time.GetUtcNow());
        if (_events.TaskEvents) _events.PostTask("task-started", item.Id);
        Outcome outcome;
        try
        {
            if ((options.TrackStarted ?? settings.TrackStarted) && !headers.IgnoreResult)
            {
                // It tells the process, which is chosen later where tasks run in processes.
                if (Processes is null) await _completion.StoreStartedAsync(item);
                else item.Started = () => _completion.StoreStartedAsync(item);
            }
            var limits = Limits.TryGetValue(headers.Task, out var set) ? set : (options.TimeLimit?.TotalSeconds, options.SoftTimeLimit?.TotalSeconds);
            outcome = await _executor.RunAsync(item,
                headers.HardLimit ?? limits.Item1 ?? (_options.TimeLimit ?? settings.TimeLimit)?.TotalSeconds,
                headers.SoftLimit ?? limits.Item2 ?? (_options.SoftTimeLimit ?? settings.SoftTimeLimit)?.TotalSeconds);
        }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested)
        {
            Active.TryRemove(item.Id, out _);
            completions.Release();
            CloseWork();
            return;
        }
        Active.TryRemove(item.Id, out _);
        if (_cold.IsCancellationRequested && outcome.Error is OperationCanceledException && !item.Acknowledged)
        {
            // Stopped by a cold shutdown before it was acknowledged: another worker runs it.
            item.Delivery.Requeue();
            item.Delivery.Release();
            completions.Release();
            CloseWork();
            return;
        }
        // Not awaited: the slot is free while the rest goes on. It catches all that can go wrong.
        _ = FinishAsync(item, () => outcome.Error is TaskRevokedException terminated
            ? _completion.RevokeAsync(item, terminated.Message, terminated: true, signal: "SIGTERM")
            : _completion.CompleteAsync(item, outcome), completions);
    }

    /// <summary>Whether the task is to run; else its message is done, or left for another worker by a shutdown.</summary>
    private async Task<bool> IsFirstAsync(WorkItem item, SemaphoreSlim completions)
    {
        try
        {
            var (isOne, success) = await _duplicates.FindAsync(item, _abandon.Token);
            if (!isOne) return true;
            WorkerLog.Duplicate(_app.Logger, item.Headers.Task, item.Id);
            if (success is not null)
            {
                Spawn(() => FinishAsync(item, () => _completion.CompleteAgainAsync(item, success), completions));
                return false;
            }
            TaskCompletion.Settle(item);
            item.Delivery.Release();
        }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested) { }
        completions.Release();
        CloseWork();
        return false;
    }

    private async Task FinishAsync(WorkItem item, Func<Task> completion, SemaphoreSlim? completions = null)
    {
        try { await completion(); }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested) { }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            WorkerLog.Broken(_app.Logger, e, item.Headers.Task, item.Id);
            if (!item.Acknowledged) await item.Delivery.DeadLetterAsync($"The worker failed in handling it: {e.GetType().Name}: {e.Message}", _abandon.Token);
        }
        finally
        {
            item.Delivery.Release();
            completions?.Release();
            CloseWork();
        }
    }

    private void CloseWork()
    {
        if (Interlocked.Decrement(ref _openWork) == 0 && _stopping) _workDone.Release();
    }

    /// <summary>Whether a task runs here or waits for a slot.</summary>
    internal bool Holds(string id) => Active.ContainsKey(id) || _pool.Reserved.ContainsKey(id);

    /// <summary>Revokes a task that waits for its time at once; others are refused when their turn comes.</summary>
    internal void RevokeWaiting(string id)
    {
        if (_eta.Remove(id) is not { } item) return;
        Spawn(() => FinishAsync(item, () => _completion.RevokeAsync(item, "revoked", terminated: false, signal: null)));
    }

    /// <summary>Stops a running task: its token is cancelled, and the worker no longer waits for it.</summary>
    internal void Terminate(string id)
    {
        if (!Active.TryGetValue(id, out var item)) return;
        // The reason first: the method may end at the cancellation at once, and would else have failed with it.
        item.GivenUp?.TrySetResult(new TaskRevokedException("terminated"));
        try { item.Running?.Cancel(); }
        catch (ObjectDisposedException) { }
    }

    private async Task ShutDownAsync()
    {
        _stopping = true;
        WorkerLog.ShuttingDown(_app.Logger, Node, "warm", Active.Count);
        await _consumer!.StopAsync();
        // What has not started goes back, unacknowledged; what runs may finish.
        foreach (var item in _eta.Stop().Concat(_pool.Close())) GiveBack(item);
        if (!await WaitForWorkAsync(_options.WarmShutdownLimit))
        {
            WorkerLog.ShuttingDown(_app.Logger, Node, "cold", Active.Count);
            await EndRunningAsync(limit => WaitForWorkAsync(limit));
        }
        await _heartbeat.StopAsync();
    }

    private async Task<bool> WaitForWorkAsync(TimeSpan? limit)
    {
        if (Volatile.Read(ref _openWork) <= 0) return true;
        using var timeout = new CancellationTokenSource();
        if (limit is { } span) timeout.CancelAfter(span);
        try
        {
            while (Volatile.Read(ref _openWork) > 0) await _workDone.WaitAsync(timeout.Token);
            return true;
        }
        catch (OperationCanceledException) { return false; }
    }

    /// <summary>Ends what runs, after the soft shutdown's time, and gives it back where that is possible.</summary>
    internal async Task ColdShutdownAsync()
    {
        RequestShutdown();
        if (_options.SoftShutdownTimeout > TimeSpan.Zero)
        {
            WorkerLog.ShuttingDown(_app.Logger, Node, "soft", Active.Count);
            await Task.WhenAny(_shutDown.Task, Task.Delay(_options.SoftShutdownTimeout, _app.Time));
        }
        if (!_shutDown.Task.IsCompleted)
            await EndRunningAsync(async limit => await Task.WhenAny(_shutDown.Task, Task.Delay(limit, _app.Time)) == _shutDown.Task);
    }

    /// <summary>
    /// Cancels the tokens of what runs; gives up methods that do not look at theirs, and at last what cannot be stored or sent.
    /// </summary>
    /// <param name="isDoneAsync">Waits at most so long, and tells whether nothing is left.</param>
    private async Task EndRunningAsync(Func<TimeSpan, Task<bool>> isDoneAsync)
    {
        await _cold.CancelAsync();
        if (await isDoneAsync(ColdGrace)) return;
        foreach (var item in Active.Values) item.GivenUp?.TrySetResult(new OperationCanceledException("The worker shuts down."));
        if (!await isDoneAsync(ColdGrace)) await _abandon.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        if (_consumer is not null) await _consumer.DisposeAsync();
        await _events.DisposeAsync();
        await _heartbeat.DisposeAsync();
        if (_windowTimer is { } window) await window.DisposeAsync();
        if (_scaleTimer is { } scale) await scale.DisposeAsync();
        _pool.Close();
        _eta.Dispose();
        // A method that was given up may still end, and then frees its place.
        if (Volatile.Read(ref _openWork) <= 0) _pool.Dispose();
        await _abandon.CancelAsync();
        if (Processes is not null) await Processes.DisposeAsync();
        _cold.Dispose();
        _abandon.Dispose();
        _workDone.Dispose();
    }
}
