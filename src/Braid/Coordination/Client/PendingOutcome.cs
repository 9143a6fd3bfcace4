using System.Threading.Tasks.Sources;
using Braid.Execution;

namespace Braid.Coordination.Client;

/// <summary>
/// A request under way, as what the caller awaits. It is on its way from the start, but only awaiting it makes the task wait: a task that asks first and
/// computes meanwhile keeps its slot, and stands in nobody's way in the search for deadlocks. For one await, as every <see cref="ValueTask"/>.
/// </summary>
internal sealed class PendingOutcome<T> : IValueTaskSource<T>, IValueTaskSource
{
    private readonly CoordinationBackend _backend;
    private readonly CoordinationCall _call;
    private readonly TaskExecution? _execution;
    private readonly bool _endsByItself;
    private readonly Func<CoordinationCall, Outcome, T> _convert;

    /// <summary>Ends with the outcome, a time limit or a token, whether anybody awaits it or not.</summary>
    private readonly Task<Outcome> _outcome;

    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = true };
    private int _settling;

    public PendingOutcome(
        CoordinationBackend backend, CoordinationCall call, TaskExecution? execution, Func<CoordinationCall, Outcome, T> convert, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        _backend = backend;
        _call = call;
        _execution = execution;
        timeout = ObjectWaits.Limit(timeout);
        _endsByItself = timeout != Timeout.InfiniteTimeSpan || (execution is null ? cancellationToken.CanBeCanceled : execution.IsForeign(cancellationToken));
        _convert = convert;
        _outcome = OutcomeAsync(timeout, cancellationToken);
    }

    public ValueTask<T> Result => new(this, _core.Version);

    /// <summary>The same, for what has no result but its end.</summary>
    public ValueTask End => new(this, _core.Version);

    public ValueTaskSourceStatus GetStatus(short token)
    {
        if (_outcome.IsCompleted && Interlocked.Exchange(ref _settling, 1) == 0)
            Settle();
        return _core.GetStatus(token);
    }

    public T GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _core.OnCompleted(continuation, state, token, flags);
        if (Interlocked.Exchange(ref _settling, 1) == 0)
            _ = WaitAsync();
    }

    /// <summary>The first answer depends on nobody, and needs no slot given up; the rest is a wait of the task.</summary>
    private async Task WaitAsync()
    {
        try
        {
            var first = await _call.First.ConfigureAwait(false);
            if (first.Kind == OutcomeKind.Waiting && !_outcome.IsCompleted && (_execution ?? TaskExecution.Current) is { } execution)
            {
                // A task of another cluster gives up its slot all the same.
                var wait = execution == _execution ? new TaskWait([], 0, _endsByItself, _call) : TaskWait.Unknown([]);
                await execution.WaitAsync(wait, _outcome).ConfigureAwait(false);
            }

            await _outcome.ConfigureAwait(false);
        }
        catch (Exception exception) when (!_outcome.IsCompleted)
        {
            // The task was cancelled, or its wait was part of a deadlock. Withdrawn; and if it was granted in this moment, given back.
            _backend.End(_call);
            _core.SetException(exception);
            return;
        }
        catch (Exception)
        {
            // The outcome's own: settled below. Or the task was cancelled just as it came, and is told by its token.
        }

        Settle();
    }

    private async Task<Outcome> OutcomeAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var first = await _call.First.ConfigureAwait(false);
        if (first.Kind != OutcomeKind.Waiting)
            return first;
        try
        {
            return await _call.Final.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _backend.End(_call);
            throw;
        }
    }

    /// <summary>Once, after the outcome is there.</summary>
    private void Settle()
    {
        T result;
        try
        {
            var outcome = _outcome.GetAwaiter().GetResult();
            result = outcome.Kind is OutcomeKind.Granted or OutcomeKind.Refused ? _convert(_call, outcome) : throw CoordinationErrors.Of(outcome);
        }
        catch (Exception exception)
        {
            _core.SetException(exception);
            return;
        }

        _core.SetResult(result);
    }
}
