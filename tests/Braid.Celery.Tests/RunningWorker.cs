using Braid.Celery.Workers;

namespace Braid.Celery.Tests;

/// <summary>A .NET worker on a queue of its own, for one test.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private RunningWorker(CeleryApp app, WorkerOptions options)
    {
        App = app;
        Worker = new CeleryWorker(app, options);
    }

    internal CeleryApp App { get; }
    internal CeleryWorker Worker { get; }
    internal Task Finished => _running;

    internal static async Task<RunningWorker> StartAsync(CeleryApp app, WorkerOptions? options = null)
    {
        var worker = Prepare(app, options);
        await worker.RunAsync();
        return worker;
    }

    /// <summary>A worker that does not run yet.</summary>
    internal static RunningWorker Prepare(CeleryApp app, WorkerOptions? options = null)
    {
        options ??= new WorkerOptions { Concurrency = 4 };
        if (options.NodeName == "celery@%h") options = options with { NodeName = $"net-{Guid.NewGuid():N}@test", Mingle = false };
        return new RunningWorker(app, options);
    }

    internal async Task RunAsync()
    {
        _running = Worker.RunAsync(_stop.Token);
        var first = await Task.WhenAny(Worker.Ready.Task, _running).WaitAsync(TestTime.Limit);
        await first;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try { await _running.WaitAsync(TestTime.Limit); }
        finally { await Worker.DisposeAsync(); }
        _stop.Dispose();
    }
}

internal static class TestTime
{
    /// <summary>Far more than anything takes on a busy machine: a test that reaches it has failed.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits for a condition that nothing announces.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested) Assert.Fail($"It did not happen within {Limit.TotalSeconds} seconds: {what}.");
            await Task.Delay(10);
        }
    }
}
