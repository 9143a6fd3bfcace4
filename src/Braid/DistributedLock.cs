using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>Mutual exclusion across workers: one holder at a time, in the order of asking. Not reentrant.</summary>
public sealed class DistributedLock : CoordinationPrimitive
{
    internal DistributedLock(IObjectState state) : base(state)
    {
    }

    /// <summary>Waits for the lock. Dispose of the result to give it back.</summary>
    /// <exception cref="DeadlockException">It can never be had: whoever holds it waits, directly or not, for this task.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public ValueTask<DistributedHold> AcquireAsync(CancellationToken cancellationToken = default) =>
        AcquireAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="AcquireAsync(CancellationToken)"/>
    /// <exception cref="TimeoutException">It was not to be had in time.</exception>
    public ValueTask<DistributedHold> AcquireAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Acquire, Question.Plain, Held, timeout, cancellationToken);

    /// <summary>The lock if it is free now, else null.</summary>
    public ValueTask<DistributedHold?> TryAcquireAsync(CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Acquire, new Question(IsTry: true), HeldOrNull, null, cancellationToken);
}
