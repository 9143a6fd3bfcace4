using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>A value that all share, with a version that each change raises by one, so that changes can depend on what was read.</summary>
/// <typeparam name="T">Anything that can travel.</typeparam>
public sealed class DistributedVariable<T> : CoordinationPrimitive
{
    internal DistributedVariable(IObjectState state) : base(state)
    {
    }

    /// <summary>The value and its version: 1 for the first.</summary>
    public ValueTask<(T Value, long Version)> GetAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(Operation.Get, 0, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Sets it whatever it was; returns the new version.</summary>
    public ValueTask<long> SetAsync(T value, CancellationToken cancellationToken = default) =>
        NumberAsync(Operation.Set, new Question(Items: [Backend.Wrap(value)]), cancellationToken);

    /// <summary>Sets it if nobody has changed it since <paramref name="expectedVersion"/> was read; says whether it did.</summary>
    public ValueTask<bool> CompareExchangeAsync(long expectedVersion, T value, CancellationToken cancellationToken = default) =>
        AskAsync(
            Operation.CompareExchange, new Question(expectedVersion, Items: [Backend.Wrap(value)]), static (_, outcome) => outcome.Kind == OutcomeKind.Granted, null, cancellationToken);

    /// <summary>Changes it by a function of what it is, which runs here and again whenever somebody else was faster; returns what it has become.</summary>
    public async Task<T> UpdateAsync(Func<T, T> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            var (value, version) = await GetAsync(cancellationToken).ConfigureAwait(false);
            var changed = change(value);
            if (await CompareExchangeAsync(version, changed, cancellationToken).ConfigureAwait(false))
                return changed;
        }
    }

    /// <summary>Waits until its version is above <paramref name="version"/>. Of several changes in between only the last is seen.</summary>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public ValueTask<(T Value, long Version)> WaitForChangeAsync(long version, CancellationToken cancellationToken = default) =>
        ReadAsync(Operation.Wait, version, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="WaitForChangeAsync(long, CancellationToken)"/>
    /// <exception cref="TimeoutException">It was not changed in time.</exception>
    public ValueTask<(T Value, long Version)> WaitForChangeAsync(long version, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        ReadAsync(Operation.Wait, version, timeout, cancellationToken);

    private ValueTask<(T Value, long Version)> ReadAsync(Operation operation, long version, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        return AskAsync(operation, new Question(version), Read, timeout, cancellationToken);
    }

    private (T Value, long Version) Read(CoordinationCall call, Outcome outcome) => (Backend.Unwrap<T>(outcome.Items![0]), outcome.Number);
}
