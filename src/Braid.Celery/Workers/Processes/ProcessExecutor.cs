using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Braid.Celery.Wire;

namespace Braid.Celery.Workers.Processes;

/// <summary>
/// Runs tasks in worker processes, one task a process at a time. A task that passes its hard limit, or is terminated, ends with its process;
/// a process that dies ends its task with WorkerLostError. Both are replaced.
/// </summary>
internal sealed class ProcessExecutor(CeleryApp app, string node, Func<CeleryApp> factory, WorkerOptions options, CancellationToken coldShutdown) : ITaskExecutor, IAsyncDisposable
{
    private readonly ConcurrentStack<ProcessSlot> _idle = new();
    private readonly ConcurrentDictionary<ProcessSlot, byte> _all = new();
    private readonly ConcurrentDictionary<Task, byte> _ending = new();
    private volatile int _generation;

    // How many processes were lost; the number in Celery's text.
    private int _lost;

    internal IReadOnlyList<int> Pids => [.. _all.Keys.Select(s => s.Pid)];

    /// <summary>Starts as many as there are slots, so that the first tasks do not wait.</summary>
    internal async Task StartAsync(int count, CancellationToken cancellationToken)
    {
        foreach (var slot in await Task.WhenAll(Enumerable.Range(0, count).Select(_ => NewSlotAsync(cancellationToken)))) _idle.Push(slot);
    }

    /// <summary>Replaces all processes, each after the task that it runs.</summary>
    internal void Restart()
    {
        Interlocked.Increment(ref _generation);
        while (_idle.TryPop(out var slot)) End(slot);
    }

    private async Task<ProcessSlot> NewSlotAsync(CancellationToken cancellationToken)
    {
        var slot = await ProcessSlot.StartAsync(factory, _generation, cancellationToken);
        _all[slot] = 0;
        return slot;
    }

    public async Task<Outcome> RunAsync(WorkItem item, double? hardLimit, double? softLimit)
    {
        item.GivenUp = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = new TaskRequest(app, item.Headers, item.Body, item.Delivery, CancellationToken.None) { NodeName = node };
        using var activity = CeleryDiagnostics.StartProcess(item.Headers, item.Delivery.Queue);
        await using var cold = coldShutdown.Register(() => item.GivenUp.TrySetResult(new OperationCanceledException("The worker shuts down.")));
        var started = Stopwatch.GetTimestamp();
        double Seconds() => Stopwatch.GetElapsedTime(started).TotalSeconds;

        ProcessSlot slot;
        try { slot = await RentAsync(); }
        catch (Exception e) when (e is BraidException or TimeoutException or IOException)
        {
            return new(null, new TaskException("WorkerLostError", "billiard.exceptions", $"No worker process could be started: {e.Message}"), null, Seconds(), request);
        }
        started = Stopwatch.GetTimestamp();
        item.Pid = slot.Pid;
        if (item.Started is { } store)
        {
            try { await store(); }
            catch (OperationCanceledException)
            {
                Return(slot, 0);
                throw;
            }
        }
        using var hard = hardLimit is { } h ? app.Time.CreateTimer(
            _ => item.GivenUp.TrySetResult(new TaskException("TimeLimitExceeded", "billiard.exceptions", TaskHeaders.Seconds(h))), null, TimeSpan.FromSeconds(h), Timeout.InfiniteTimeSpan) : null;
        var reference = slot.Run(factory, ChildCall.Of(app, item, node, softLimit), item.Headers.Task);
        var run = reference.GetAsync(CancellationToken.None);
        if (await Task.WhenAny(run, item.GivenUp.Task) != run)
        {
            reference.Cancel(force: true);
            End(slot);
            await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return CeleryDiagnostics.Ended(activity, item, new(null, await item.GivenUp.Task, null, Seconds(), request));
        }
        try
        {
            var outcome = await run;
            Return(slot, outcome.Memory);
            return CeleryDiagnostics.Ended(activity, item, outcome.ToOutcome(request, Seconds()));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            End(slot);
            var error = e is WorkerLostException lost
                ? new TaskException("WorkerLostError", "billiard.exceptions", $"Worker exited prematurely: {Reason(lost.ExitCode)} Job: {Interlocked.Increment(ref _lost) - 1}.")
                : e;
            return CeleryDiagnostics.Ended(activity, item, new(null, error, TaskExecutor.Traceback(error), Seconds(), request));
        }
    }

    /// <summary>In billiard's words.</summary>
    private static string Reason(int? exitCode) => exitCode switch
    {
        137 => "signal 9 (SIGKILL)",
        139 => "signal 11 (SIGSEGV)",
        134 => "signal 6 (SIGABRT)",
        143 => "signal 15 (SIGTERM)",
        { } code => "exitcode " + code.ToString(CultureInfo.InvariantCulture),
        null => "its connection was lost.",
    };

    private async Task<ProcessSlot> RentAsync()
    {
        while (_idle.TryPop(out var slot))
        {
            if (slot.Generation == _generation) return slot;
            End(slot);
        }
        return await NewSlotAsync(coldShutdown);
    }

    private void Return(ProcessSlot slot, long memory)
    {
        slot.Tasks++;
        if (slot.Tasks >= options.MaxTasksPerChild || memory > options.MaxMemoryPerChild || slot.Generation != _generation) End(slot);
        else _idle.Push(slot);
    }

    private void End(ProcessSlot slot)
    {
        _all.TryRemove(slot, out _);
        var ending = slot.DisposeAsync().AsTask();
        _ending[ending] = 0;
        _ = ending.ContinueWith(t => _ending.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var slot in _all.Keys) End(slot);
        _idle.Clear();
        await Task.WhenAll(_ending.Keys);
    }
}
