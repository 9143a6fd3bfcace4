namespace Braid.Celery.Workers;

/// <summary>How one run of a task's method ended.</summary>
internal readonly record struct Outcome(object? Value, Exception? Error, string? Traceback, double Seconds, TaskRequest Request)
{
    /// <summary>The result where it is JSON already: it comes from a worker process.</summary>
    public byte[]? Json { get; init; }

    /// <summary>An error that the task's options want to be retried, where its type cannot be asked any more.</summary>
    public bool IsRetried { get; init; }
}

/// <summary>Runs a task's method under its limits and says how it ended. Settles and stores nothing.</summary>
internal interface ITaskExecutor
{
    /// <param name="item">The task.</param>
    /// <param name="hardLimit">Seconds after which it is ended.</param>
    /// <param name="softLimit">Seconds after which its token is cancelled.</param>
    Task<Outcome> RunAsync(WorkItem item, double? hardLimit, double? softLimit);
}
