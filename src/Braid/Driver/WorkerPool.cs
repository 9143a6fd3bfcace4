using Braid.Driver.Workers;

namespace Braid.Driver;

/// <summary>
/// The workers of one cluster: starts as many as are wanted, replaces what dies, and gives up when a replacement dies at its start time after
/// time. What is said to be called while the inbox is drained comes from one thread at a time.
/// </summary>
internal sealed class WorkerPool(DriverBackend driver, ClusterOptions options)
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly RestartPolicy _restarts = new();

    /// <summary>Alive, in the order joined. Guarded by <see cref="_gate"/>.</summary>
    private readonly List<WorkerLink> _links = [];

    /// <summary>Those who wait until there are as many as wanted. Guarded by <see cref="_gate"/>.</summary>
    private readonly List<TaskCompletionSource> _scaling = [];

    /// <summary>How many workers there should be. Guarded by <see cref="_gate"/>.</summary>
    private int _wanted = options.WorkerCount;

    /// <summary>Starts under way, those that wait for their turn included. Guarded by <see cref="_gate"/>.</summary>
    private int _starting = options.WorkerCount;

    private int _lastWorkerId;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _links.Count == 0;
        }
    }

    /// <summary>How many there should be.</summary>
    public int Wanted
    {
        get
        {
            lock (_gate)
                return _wanted;
        }
    }

    /// <summary>Alive now, in the order joined. While the inbox is drained: nobody else changes them.</summary>
    public IReadOnlyList<WorkerLink> Links => _links;

    public Task Stopped => _stopped.Task;

    /// <summary>Starts the first workers. Each joins as it comes: the first tasks need not wait for the last worker.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        limit.CancelAfter(options.StartTimeout);
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var missing = options.WorkerCount;
        for (var i = options.WorkerCount; i > 0; i--)
        {
            driver.Session.StartWorkerAsync(Interlocked.Increment(ref _lastWorkerId), limit.Token).ContinueWith(
                Started, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return joined.Task;

        void Started(Task<WorkerLink> start)
        {
            if (start.IsCompletedSuccessfully)
                Join(start.Result);
            else if (start.Exception is { } failure)
                joined.TrySetException(failure.InnerExceptions);
            else if (cancellationToken.IsCancellationRequested || _stopping.IsCancellationRequested)
                joined.TrySetCanceled(cancellationToken);
            else
                joined.TrySetException(new BraidException($"The workers did not start within ClusterOptions.StartTimeout, {options.StartTimeout}."));
            // After one that failed the others are not wanted.
            if (!start.IsCompletedSuccessfully)
                limit.Cancel();
            if (Interlocked.Decrement(ref missing) > 0)
                return;
            limit.Dispose();
            joined.TrySetResult();
        }
    }

    public void Stop()
    {
        _stopping.Cancel();
        TaskCompletionSource[] scaling;
        lock (_gate)
        {
            scaling = [.. _scaling];
            _scaling.Clear();
        }

        foreach (var waiting in scaling)
            waiting.TrySetException(new ObjectDisposedException(nameof(Cluster), "The cluster was disposed of while it was being scaled."));
    }

    public void HasStopped() => _stopped.TrySetResult();

    /// <summary>While the inbox is drained.</summary>
    public void Joined(WorkerLink link)
    {
        lock (_gate)
        {
            _starting--;
            _links.Add(link);
        }

        CheckScaled();
    }

    /// <summary>While the inbox is drained.</summary>
    public void Lost(WorkerLink link)
    {
        var wait = TimeSpan.Zero;
        lock (_gate)
        {
            if (!_links.Remove(link))
                return;
            if (!link.IsReplaced)
                wait = _restarts.Lost(link.HasFinishedTask);
        }

        StartMissing(wait);
        CheckScaled();
    }

    /// <summary>It gets no new tasks, and ends when it has finished those that it has. While the inbox is drained.</summary>
    public void Retiring(WorkerLink link)
    {
        link.IsReplaced = true;
        StartMissing(TimeSpan.Zero);
    }

    /// <summary>Changes how many there should be, and tells of the end of that. Too many are to be drained: <see cref="Surplus"/>. While the inbox is drained.</summary>
    public void Want(int workers, TaskCompletionSource? scaled)
    {
        lock (_gate)
        {
            _wanted = workers;
            if (scaled is not null)
                _scaling.Add(scaled);
        }

        StartMissing(TimeSpan.Zero);
        CheckScaled();
    }

    /// <summary>Some that are too many have actors: to be looked at again. While the inbox is drained.</summary>
    public bool HasSurplus { get; private set; }

    /// <summary>
    /// Takes those with the least to do out of service, as many as are too many: each is to be drained. One with an actor stays until that has ended.
    /// While the inbox is drained.
    /// </summary>
    public List<WorkerLink> Surplus()
    {
        HasSurplus = false;
        lock (_gate)
        {
            var serving = _links.FindAll(link => !link.IsReplaced);
            var surplus = serving.Count - _wanted;
            if (surplus <= 0)
                return [];
            // Of two that are alike the younger goes.
            var leaving = serving.AsEnumerable().Reverse().Where(link => link.ActorCount == 0).OrderBy(link => link.AssignedCount).Take(surplus).ToList();
            HasSurplus = leaving.Count < surplus;
            foreach (var link in leaving)
                link.IsReplaced = true;
            return leaving;
        }
    }

    public IReadOnlyList<WorkerInfo> Describe()
    {
        lock (_gate)
            return [.. _links.Select(link => new WorkerInfo(link.Id, link.ProcessId, link.Slots, link.AssignedCount))];
    }

    private void StartMissing(TimeSpan wait)
    {
        int missing;
        lock (_gate)
        {
            missing = Math.Max(0, _wanted - _starting - _links.Count(link => !link.IsReplaced));
            if (_stopping.IsCancellationRequested)
                return;
            _starting += missing;
        }

        while (missing-- > 0)
            _ = StartOneAsync(wait);
    }

    private void CheckScaled()
    {
        TaskCompletionSource[] scaled;
        lock (_gate)
        {
            if (_scaling.Count == 0 || _starting > 0 || _links.Count != _wanted || _links.Exists(link => link.IsReplaced))
                return;
            scaled = [.. _scaling];
            _scaling.Clear();
        }

        foreach (var waiting in scaled)
            waiting.TrySetResult();
    }

    /// <summary>Fewer are wanted by now, and this start is one too many.</summary>
    private bool IsUnwanted()
    {
        lock (_gate)
        {
            if (_starting + _links.Count(link => !link.IsReplaced) <= _wanted)
                return false;
            _starting--;
            return true;
        }
    }

    private void Join(WorkerLink link) => driver.Post(new DriverEvent(DriverEventKind.WorkerJoined, link, 0, 0));

    private async Task StartOneAsync(TimeSpan wait)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, options.TimeProvider, _stopping.Token).ConfigureAwait(false);
                if (IsUnwanted())
                    return;
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                limit.CancelAfter(options.StartTimeout);
                Join(await driver.Session.StartWorkerAsync(Interlocked.Increment(ref _lastWorkerId), limit.Token).ConfigureAwait(false));
                return;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (failures >= options.StartFailuresMax)
            {
                GiveUp(new BraidException($"A worker could not be started: {failures} starts failed in a row. The last: {exception.Message}", exception));
                return;
            }
            catch (Exception)
            {
                // The next try, or the last one above, says what is wrong.
                wait = wait == TimeSpan.Zero ? RestartPolicy.WaitMin : wait * 2 < RestartPolicy.WaitMax ? wait * 2 : RestartPolicy.WaitMax;
            }
        }
    }

    private void GiveUp(BraidException why)
    {
        TaskCompletionSource[] scaling;
        lock (_gate)
        {
            _starting--;
            scaling = [.. _scaling];
            _scaling.Clear();
        }

        foreach (var waiting in scaling)
            waiting.TrySetException(why);
        driver.Post(new DriverEvent(DriverEventKind.WorkersExhausted, null, 0, 0, null, why));
    }
}
