using System.Text.Json;

namespace Braid.Celery.Workers.Processes;

/// <summary>The worker process's side: an app of its own, made once, and the task's method under its soft limit.</summary>
internal static class ChildTask
{
    private static readonly Lock Gate = new();

    // Guarded by Gate: the app of this process.
    private static CeleryApp? _app;

    /// <summary>Makes the app, and says which process this is.</summary>
    internal static int Prepare(Func<CeleryApp> factory)
    {
        App(factory);
        return Environment.ProcessId;
    }

    private static CeleryApp App(Func<CeleryApp> factory)
    {
        lock (Gate) return _app ??= factory();
    }

    internal static async Task<ChildOutcome> RunAsync(Func<CeleryApp> factory, ChildCall call, CancellationToken cancelled)
    {
        var app = App(factory);
        var item = call.ToItem(app);
        var executor = new TaskExecutor(app, call.Node, cancelled);
        var outcome = await executor.RunAsync(item, hardLimit: null, call.SoftLimit);
        try { return ChildOutcome.Of(outcome, item, executor); }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            return ChildOutcome.Of(outcome with { Error = new TaskException("EncodeError", "kombu.exceptions", e.Message), Traceback = TaskExecutor.Traceback(e) }, item, executor);
        }
    }
}
