using System.Runtime.CompilerServices;
using Braid.Execution;

namespace Braid;

/// <summary>
/// A reference to what a task will have returned, or to a value that was put into the cluster. Await it for its end; capture it in
/// another task's lambda and that task starts when it is ready. References travel to other workers and may be held in results.
/// </summary>
/// <remarks>
/// A value lives as long as someone, on any worker, can reach a reference to it. Awaiting inside a task gives up that task's slot
/// meanwhile, so waiting never starves the cluster.
/// </remarks>
public class ObjectRef
{
    internal ObjectRef(IObjectState state) => State = state;

    internal IObjectState State { get; }

    /// <summary>Unique within the cluster.</summary>
    public long Id => State.Id;

    /// <summary>How far the value has come; never waits.</summary>
    public ObjectStatus Status => State.Status;

    /// <summary>Whether the task has ended, in whatever way.</summary>
    public bool IsCompleted => State.Status != ObjectStatus.Pending;

    /// <summary>
    /// Asks the task to end. One that has not started ends at once; one that runs sees its cancellation token signalled, and if it
    /// returns a value all the same, the value stands. Tasks that depend on a cancelled one are cancelled.
    /// </summary>
    /// <param name="force">Ends the worker process that runs it, where the task does not listen; other tasks there run again
    /// elsewhere and are not charged for it. In-process workers cannot be ended: there it is as good as false.</param>
    public void Cancel(bool force = false) => State.Backend.Cancel(State, force);

    /// <summary>Waits for the end of the task; throws what the task threw.</summary>
    public ObjectRefAwaiter GetAwaiter() => new(this);

    /// <summary>The same wait as a <see cref="Task"/>.</summary>
    public async Task AsTask()
    {
        await ObjectWaits.For(this).ConfigureAwait(false);
        ThrowIfUnsuccessful();
    }

    /// <summary>Waits at most <paramref name="timeout"/>. The task itself goes on when the wait ends early.</summary>
    /// <exception cref="TimeoutException">The task had not ended in time.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (!IsCompleted)
            await ObjectWaits.WaitAsync([this], State.Completion, timeout, cancellationToken).ConfigureAwait(false);
        ThrowIfUnsuccessful();
    }

    /// <inheritdoc />
    public override string ToString() => $"{GetType().Name.Split('`')[0]} {Id} ({Status})";

    /// <summary>
    /// Waits on this thread where the end was not awaited, as <c>GetAwaiter().GetResult()</c> of a <see cref="Task"/> does. After an await there is
    /// nothing to wait for, unless it ended early: then <see cref="ThrowIfUnsuccessful"/> says why.
    /// </summary>
    internal void WaitIfNotAwaited()
    {
        if (IsCompleted || State.IsRebuilding || TaskExecution.Current?.WhyEndedEarly(State) is not null)
            return;
        ObjectWaits.WaitAsync([this], State.Completion, Timeout.InfiniteTimeSpan, default).GetAwaiter().GetResult();
    }

    /// <summary>After a wait: one that ended before the task did was the wait of a task that was cancelled meanwhile, or part of a deadlock.</summary>
    internal void ThrowIfUnsuccessful()
    {
        if (State.Error is { } error)
            TaskFailures.Throw(error);
        if (!IsCompleted && !State.IsRebuilding)
            throw TaskExecution.Current?.WhyEndedEarly(State) ?? new TaskCanceledException($"The wait for reference {Id} was cancelled.");
    }
}
