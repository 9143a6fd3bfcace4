using System.Diagnostics;
using System.Text.Json;
using Braid.Celery.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Braid.Celery.Workers;

/// <summary>Runs tasks in this process. A method that does not obey its token can be given up, not ended.</summary>
internal sealed class TaskExecutor(CeleryApp app, string node, CancellationToken coldShutdown) : ITaskExecutor
{
    private int _givenUp;

    public async Task<Outcome> RunAsync(WorkItem item, double? hardLimit, double? softLimit)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(coldShutdown);
        item.Running = cancel;
        item.GivenUp = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = new TaskRequest(app, item.Headers, item.Body, item.Delivery, cancel.Token) { NodeName = node };
        using var activity = CeleryDiagnostics.StartProcess(item.Headers, item.Delivery.Queue);
        var started = Stopwatch.GetTimestamp();

        var softPassed = false;
        using var soft = softLimit is { } s ? app.Time.CreateTimer(_ =>
        {
            softPassed = true;
            Cancel(cancel);
        }, null, TimeSpan.FromSeconds(s), Timeout.InfiniteTimeSpan) : null;
        using var hard = hardLimit is { } h ? app.Time.CreateTimer(_ =>
        {
            // The reason first: the method may end at the cancellation at once, and would else have failed with it.
            item.GivenUp.TrySetResult(new TaskException("TimeLimitExceeded", "billiard.exceptions", TaskHeaders.Seconds(h)));
            Cancel(cancel);
        }, null, TimeSpan.FromSeconds(h), Timeout.InfiniteTimeSpan) : null;

        // A method that awaits starts here; one that may block gets a thread of its own, so that this one can give it up.
        var run = item.Task.IsAsync ? InvokeAsync(item, request) : Task.Run(() => InvokeAsync(item, request), CancellationToken.None);
        await Task.WhenAny(run, item.GivenUp.Task);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        item.Running = null;
        Outcome outcome;
        // A method that ended by itself at the same moment has ended by itself.
        if (item.GivenUp.Task.IsCompleted && !(run.IsCompletedSuccessfully && run.Result.Error is not OperationCanceledException))
        {
            var error = await item.GivenUp.Task;
            var count = Interlocked.Increment(ref _givenUp);
            if (!run.IsCompleted) WorkerLog.GivenUp(app.Logger, item.Headers.Task, item.Id, seconds, count);
            _ = run.ContinueWith(_ => Interlocked.Decrement(ref _givenUp), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            outcome = new(null, error, null, seconds, request);
        }
        else
        {
            var (value, error) = await run;
            // A token that the soft limit cancelled surfaces as a cancellation; Celery's name for it is another.
            if (error is OperationCanceledException && softPassed) error = new SoftTimeLimitExceededException();
            outcome = new(value, error, error is null ? null : Traceback(error), seconds, request);
        }
        return CeleryDiagnostics.Ended(activity, item, outcome);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        // The task ended at this very moment.
        try { source.Cancel(); }
        catch (ObjectDisposedException) { }
    }

    private async Task<(object? Value, Exception? Error)> InvokeAsync(WorkItem item, TaskRequest request)
    {
        TaskRequest.Current = request;
        AsyncServiceScope? scope = null;
        try
        {
            scope = app.Services?.CreateAsyncScope();
            var services = scope?.ServiceProvider;
            var bound = item.Task.Bind(item.Body.Args.Span, item.Body.Kwargs.Span, request, services, app.Json);
            return (await item.Task.InvokeAsync(bound, services), null);
        }
        // Whatever a task throws is its result.
        catch (Exception e) when (e is not OutOfMemoryException) { return (null, e); }
        finally
        {
            if (scope is { } s) await s.DisposeAsync();
        }
    }

    /// <summary>The .NET stack in the frame in which Python people look for one.</summary>
    internal static string Traceback(Exception error)
    {
        var (type, module, _) = ExceptionWire.Describe(error);
        var stack = error is TaskException { RemoteTraceback: { } remote } ? remote : error.StackTrace ?? "";
        return $"Traceback (most recent call last):\n{stack}\n{(module is null or "builtins" ? "" : module + ".")}{type}: {error.Message}\n";
    }

    internal byte[] Serialize(WorkItem item, object? value)
    {
        var type = item.Task.ReturnType;
        if (value is null || type == typeof(void)) return ResultMeta.NullJson;
        if (type == typeof(object)) return PlainValue.ToJson(value, app.Json);
        return JsonSerializer.SerializeToUtf8Bytes(value, type, app.Json);
    }
}
