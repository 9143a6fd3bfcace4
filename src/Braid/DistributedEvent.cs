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
    public Task SetAsync(CancellationToken cancellationToken = default) => AskAsync(Operation.Set, Question.Plain, null, cancellationToken);

    /// <summary>From now on who comes waits.</summary>
    public Task ResetAsync(CancellationToken cancellationToken = default) => AskAsync(Operation.Reset, Question.Plain, null, cancellationToken);

    /// <summary>Whether it is set at this moment.</summary>
    public async Task<bool> IsSetAsync(CancellationToken cancellationToken = default) =>
        await NumberAsync(Operation.Get, Question.Plain, cancellationToken).ConfigureAwait(false) != 0;

    /// <summary>Waits until it is set; returns at once when it is.</summary>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public Task WaitAsync(CancellationToken cancellationToken = default) => WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="WaitAsync(CancellationToken)"/>
    /// <exception cref="TimeoutException">It was not set in time.</exception>
    public Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Wait, Question.Plain, timeout, cancellationToken);
}
