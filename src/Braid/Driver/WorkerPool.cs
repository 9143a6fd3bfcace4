namespace Braid.Driver;

/// <summary>
/// The workers of one cluster: starts them, replaces what dies, and gives up when a replacement dies at its start time after time.
/// </summary>
internal sealed class WorkerPool(DriverBackend driver, ClusterOptions options)
{
    /// <summary>The first wait before a replacement that failed to start is tried again; doubles up to <see cref="BackOffMax"/>.</summary>
    private static readonly TimeSpan BackOffMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    /// <summary>Alive, in the order joined. Guarded by <see cref="_gate"/>.</summary>
    private readonly List<WorkerLink> _links = [];

    private int _lastWorkerId;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _links.Count == 0;
        }
    }

    public Task Stopped => _stopped.Task;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        both.CancelAfter(options.StartTimeout);
        var starts = new Task<WorkerLink>[options.WorkerCount];
        for (var i = 0; i < starts.Length; i++)
            starts[i] = driver.Session.StartWorkerAsync(Interlocked.Increment(ref _lastWorkerId), both.Token);
        try
        {
            // Each joins as it comes: the first tasks need not wait for the last worker.
            await foreach (var start in Task.WhenEach(starts))
                Join(await start);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            throw new BraidException($"The workers did not start within ClusterOptions.StartTimeout, {options.StartTimeout}.");
        }
    }

    public void Stop() => _stopping.Cancel();

    public void HasStopped() => _stopped.TrySetResult();

    /// <summary>While the inbox is drained.</summary>
    public void Joined(WorkerLink link)
    {
        lock (_gate)
            _links.Add(link);
    }

    /// <summary>While the inbox is drained.</summary>
    public void Lost(WorkerLink link)
    {
        lock (_gate)
        {
            if (!_links.Remove(link))
                return;
        }

        if (!link.IsReplaced)
            Replace();
    }

    /// <summary>It gets no new tasks, and ends when it has finished those that it has. While the inbox is drained.</summary>
    public void Retiring(WorkerLink link)
    {
        link.IsReplaced = true;
        Replace();
    }

    public IReadOnlyList<WorkerInfo> Describe()
    {
        lock (_gate)
            return [.. _links.Select(link => new WorkerInfo(link.Id, link.ProcessId, link.Slots, link.AssignedCount))];
    }

    private void Replace()
    {
        if (!_stopping.IsCancellationRequested)
            _ = ReplaceAsync();
    }

    private void Join(WorkerLink link) => driver.Post(new DriverEvent(DriverEventKind.WorkerJoined, link, 0, 0));

    private async Task ReplaceAsync()
    {
        var wait = BackOffMin;
        for (var failures = 1; ; failures++)
        {
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                limit.CancelAfter(options.StartTimeout);
                Join(await driver.Session.StartWorkerAsync(Interlocked.Increment(ref _lastWorkerId), limit.Token));
                return;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (failures >= options.StartFailuresMax)
            {
                driver.Post(new DriverEvent(
                    DriverEventKind.WorkersExhausted, null, 0, 0, null,
                    new BraidException($"A lost worker could not be replaced: {failures} starts failed in a row. The last: {exception.Message}", exception)));
                return;
            }
            catch (Exception)
            {
                // The next try, or the last one above, says what is wrong.
                await Task.Delay(wait, options.TimeProvider, CancellationToken.None).ConfigureAwait(false);
                wait = wait * 2 < BackOffMax ? wait * 2 : BackOffMax;
            }
        }
    }
}
