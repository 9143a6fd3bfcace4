using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>
/// A number of permits shared across workers, given out in the order of asking: one who asks for many is not overtaken by those who ask for few.
/// </summary>
public sealed class DistributedSemaphore : CoordinationPrimitive
{
    internal DistributedSemaphore(IObjectState state) : base(state)
    {
    }

    /// <summary>Waits for permits. Dispose of the result to give them back.</summary>
    /// <param name="permits">From 1 to what the semaphore was created with. Default 1.</param>
    /// <param name="timeout">Default: no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">It never has so many permits.</exception>
    /// <exception cref="TimeoutException">They were not to be had in time.</exception>
    /// <exception cref="DeadlockException">They can never be had: whoever holds them waits, directly or not, for this task.</exception>
    public ValueTask<DistributedHold> AcquireAsync(int permits = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        return AskAsync(Operation.Acquire, new Question(permits), Held, timeout, cancellationToken);
    }

    /// <summary>The permits if they are free now and nobody waits before, else null.</summary>
    /// <inheritdoc cref="AcquireAsync" path="/param"/>
    public ValueTask<DistributedHold?> TryAcquireAsync(int permits = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        return AskAsync(Operation.Acquire, new Question(permits, IsTry: true), HeldOrNull, null, cancellationToken);
    }

    /// <summary>Permits that are free at this moment.</summary>
    public ValueTask<int> CountAsync(CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Get, Question.Plain, static (_, outcome) => (int)outcome.Number, null, cancellationToken);
}
