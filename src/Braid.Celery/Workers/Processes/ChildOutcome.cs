using Braid.Celery.Wire;

namespace Braid.Celery.Workers.Processes;

/// <summary>How a task ended in a worker process.</summary>
internal sealed record ChildOutcome
{
    internal enum Ending { Success, Failure, Retry, Ignore, Reject }

    public required Ending Kind { get; init; }

    /// <summary>The result, or the description of the exception (of a retry: its cause), as JSON.</summary>
    public required byte[] Json { get; init; }
    public string? Traceback { get; init; }

    /// <summary>The tuples of the tasks that it sent, as JSON.</summary>
    public byte[]? Children { get; init; }

    /// <summary>A failure that the task's options want to be retried.</summary>
    public bool IsRetried { get; init; }
    public TimeSpan RetryDelay { get; init; }
    public bool Requeue { get; init; }

    /// <summary>Of the process, in bytes, after the task.</summary>
    public required long Memory { get; init; }

    internal static ChildOutcome Of(Outcome outcome, WorkItem item, TaskExecutor executor)
    {
        var memory = Environment.WorkingSet;
        var children = outcome.Request.Children is { } list ? PlainValue.ToJson(list, CeleryJson.Plain) : null;
        if (outcome.Error is null)
            return new() { Kind = Ending.Success, Json = executor.Serialize(item, outcome.Value), Children = children, Memory = memory };
        var error = outcome.Error is RetryException { InnerException: { } cause } ? cause : outcome.Error;
        return new()
        {
            Kind = outcome.Error switch { RetryException => Ending.Retry, IgnoreException => Ending.Ignore, RejectException => Ending.Reject, _ => Ending.Failure },
            Json = ExceptionWire.Write(error is RetryException ? new TaskException("Retry", "celery.exceptions", "Task can be retried") : error),
            Traceback = outcome.Traceback,
            Children = children,
            IsRetried = item.Task.IsRetriedAfter(error),
            RetryDelay = outcome.Error is RetryException retry ? retry.Delay : default,
            Requeue = outcome.Error is RejectException { Requeue: true },
            Memory = memory,
        };
    }

    /// <summary>The same in the worker.</summary>
    internal Outcome ToOutcome(TaskRequest request, double seconds)
    {
        if (Children is not null) request.AddChildren((List<object?>)PlainValue.Parse(Children)!);
        Exception? error = Kind switch
        {
            Ending.Success => null,
            Ending.Ignore => new IgnoreException(),
            Ending.Retry => new RetryException(Read(), RetryDelay),
            Ending.Reject => new RejectException(Read().Arguments is [string reason, ..] ? reason : null, Requeue),
            _ => Read(),
        };
        return new(null, error, Traceback, seconds, request) { Json = Kind == Ending.Success ? Json : null, IsRetried = IsRetried };
    }

    private TaskException Read() => ExceptionWire.Read(Json, Traceback, null);
}
