using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>A flag that any number of tasks wait for. Once set it lets all through, until it is reset.</summary>
public sealed class DistributedEvent : CoordinationPrimitive
{
    internal DistributedEvent(IObjectState state) : base(state)
    {
    }

    /// <summary>Lets all through that wait, and all that come.</summary>
    public ValueTask SetAsync(CancellationToken cancellationToken = default) => DoneAsync(Operation.Set, Question.Plain, null, cancellationToken);

    /// <summary>From now on who comes waits.</summary>
    public ValueTask ResetAsync(CancellationToken cancellationToken = default) => DoneAsync(Operation.Reset, Question.Plain, null, cancellationToken);

    /// <summary>Whether it is set at this moment.</summary>
    public ValueTask<bool> IsSetAsync(CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Get, Question.Plain, static (_, outcome) => outcome.Number != 0, null, cancellationToken);

    /// <summary>Waits until it is set; returns at once when it is.</summary>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken = default) => WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="WaitAsync(CancellationToken)"/>
    /// <exception cref="TimeoutException">It was not set in time.</exception>
    public ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        DoneAsync(Operation.Wait, Question.Plain, timeout, cancellationToken);
}
