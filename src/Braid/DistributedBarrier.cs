using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>A place where a fixed number of parties wait for each other, phase after phase.</summary>
public sealed class DistributedBarrier : CoordinationPrimitive
{
    internal DistributedBarrier(IObjectState state) : base(state)
    {
    }

    /// <summary>Waits until all parties have arrived; then all go on. Returns which phase that was, from 0 upwards.</summary>
    /// <exception cref="BarrierBrokenException">A party that waited here was lost, cancelled or over its time limit. It stays so until
    /// <see cref="ResetAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled: the barrier is broken by that.</exception>
    public ValueTask<long> ArriveAsync(CancellationToken cancellationToken = default) => ArriveAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="ArriveAsync(CancellationToken)"/>
    /// <exception cref="TimeoutException">Not all came in time: the barrier is broken by that.</exception>
    public ValueTask<long> ArriveAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Arrive, Question.Plain, static (_, outcome) => outcome.Number, timeout, cancellationToken);

    /// <summary>Parties that wait at this moment.</summary>
    public ValueTask<int> CountAsync(CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Get, Question.Plain, static (_, outcome) => (int)outcome.Number, null, cancellationToken);

    /// <summary>Makes a broken barrier whole; whoever waits at one that is not broken gets <see cref="BarrierBrokenException"/>.</summary>
    public ValueTask ResetAsync(CancellationToken cancellationToken = default) => DoneAsync(Operation.Reset, Question.Plain, null, cancellationToken);
}
