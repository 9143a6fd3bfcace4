namespace Braid.Execution;

/// <summary>Waiting for references, from the driver's code or from within a task: a task gives up its slot for as long as it waits.</summary>
internal static class ObjectWaits
{
    /// <summary>The longest time that a timer takes, 49.7 days.</summary>
    public static readonly TimeSpan TimerMax = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>A time that no timer takes is as good as no limit: <see cref="TimeSpan.MaxValue"/> says so.</summary>
    public static TimeSpan Limit(TimeSpan timeout) => timeout > TimerMax ? Timeout.InfiniteTimeSpan : timeout;

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
            ? execution.WaitAsync(TaskWait.All([reference.State]), reference.State.Completion)
            : reference.State.Completion;

    /// <summary>Waits for <paramref name="completion"/>, which ends by way of the references named.</summary>
    /// <param name="references">What ends it. None when they are not known, and the wait may then end at any time.</param>
    /// <param name="completion">Ends, always successfully, when enough of them have ended.</param>
    /// <param name="timeout">Infinite for none; so is what no timer takes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="needed">How many references must end. Default: all.</param>
    public static Task WaitAsync(
        IReadOnlyList<ObjectRef> references, Task completion, TimeSpan timeout, CancellationToken cancellationToken, int needed = int.MaxValue)
    {
        if (completion.IsCompleted)
            return completion;
        timeout = Limit(timeout);
        var isBounded = timeout != Timeout.InfiniteTimeSpan || cancellationToken.CanBeCanceled;
        var bounded = isBounded ? completion.WaitAsync(timeout, cancellationToken) : completion;
        if (TaskExecution.Current is not { } execution)
            return bounded;
        var endsByItself = references.Count == 0 || timeout != Timeout.InfiniteTimeSpan || execution.IsForeign(cancellationToken);
        IObjectState[] states = [.. references.Select(reference => reference.State)];
        return execution.WaitAsync(new TaskWait(states, Math.Min(needed, states.Length), endsByItself), bounded);
    }
}
