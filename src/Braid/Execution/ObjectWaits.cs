namespace Braid.Execution;

/// <summary>Waiting for references, from the driver's code or from within a task: a task gives up its slot for as long as it waits.</summary>
internal static class ObjectWaits
{
    /// <summary>A plain await. Outside of tasks, and where no context has to be kept to, its end calls the continuation itself.</summary>
    public static void Await(ObjectRef reference, Action continuation)
    {
        if (TaskExecution.Current is null && SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default
            && reference.State.TryAwait(continuation))
            return;
        For(reference).GetAwaiter().UnsafeOnCompleted(continuation);
    }

    public static Task For(ObjectRef reference) =>
        TaskExecution.Current is { } execution && !reference.IsCompleted
            ? execution.WaitAsync([reference.State], reference.State.Completion)
            : reference.State.Completion;

    /// <summary>Waits for <paramref name="completion"/>, which ends by way of the references named.</summary>
    public static Task WaitAsync(IReadOnlyList<ObjectRef> references, Task completion, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (completion.IsCompleted)
            return completion;
        var bounded = timeout == Timeout.InfiniteTimeSpan && !cancellationToken.CanBeCanceled
            ? completion
            : completion.WaitAsync(timeout, cancellationToken);
        return TaskExecution.Current is { } execution
            ? execution.WaitAsync([.. references.Select(reference => reference.State)], bounded)
            : bounded;
    }
}
