using Braid.Execution;

namespace Braid.Coordination.Client;

/// <summary>How the primitives' handles reach the <see cref="CoordinationMachine"/>: directly in the driver, by frames from a worker.</summary>
internal abstract class CoordinationBackend(ClusterBackend cluster)
{
    /// <summary>Makes a primitive, or finds the one of that name.</summary>
    public abstract IObjectState Create(PrimitiveKind kind, long number, string? name, object? value);

    /// <summary>An item in the form in which it travels.</summary>
    public abstract object Wrap<T>(T value);

    public abstract T Unwrap<T>(object item);

    /// <summary>The asker is done with it: withdraws it, or gives back what it holds. Never waits.</summary>
    public abstract void End(CoordinationCall call);

    /// <summary>So many of the items that it was handed have been taken. Never waits.</summary>
    public abstract void Acknowledge(CoordinationCall call, int count);

    /// <summary>Asks and waits for the outcome, with the task's slot given up if it takes longer. An outcome that is no answer is thrown.</summary>
    public async Task<(CoordinationCall Call, Outcome Outcome)> AskAsync(
        Operation operation, IObjectState[] targets, Question question, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var execution = TaskExecution.Current;
        if (execution is not null && execution.Backend != cluster)
            execution = null;
        var call = Send(operation, targets, question, execution);
        var outcome = call.First.IsCompletedSuccessfully ? call.First.Result : await call.First.ConfigureAwait(false);
        if (outcome.Kind == OutcomeKind.Waiting)
            outcome = await WaitAsync(call, execution, timeout, cancellationToken).ConfigureAwait(false);
        GC.KeepAlive(targets);
        return (call, outcome.Kind is OutcomeKind.Granted or OutcomeKind.Refused ? outcome : throw CoordinationErrors.Of(outcome));
    }

    protected abstract CoordinationCall Send(Operation operation, IObjectState[] targets, Question question, TaskExecution? execution);

    private async Task<Outcome> WaitAsync(CoordinationCall call, TaskExecution? execution, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            if (call.Final.IsCompletedSuccessfully)
                return call.Final.Result;
            var isBounded = timeout != Timeout.InfiniteTimeSpan || cancellationToken.CanBeCanceled;
            var final = isBounded ? call.Final.WaitAsync(timeout, cancellationToken) : call.Final;
            if (execution is not null)
            {
                var endsByItself = timeout != Timeout.InfiniteTimeSpan || execution.IsForeign(cancellationToken);
                await execution.WaitAsync(new TaskWait([], 0, endsByItself, call), final).ConfigureAwait(false);
            }
            else if (TaskExecution.Current is { } foreign)
            {
                // A task of another cluster: its slot is given up all the same.
                await foreign.WaitAsync(TaskWait.Unknown([]), final).ConfigureAwait(false);
            }

            return await final.ConfigureAwait(false);
        }
        catch
        {
            // Withdrawn; and if it was granted in this moment, given back.
            End(call);
            throw;
        }
    }
}

/// <summary>What a request says beside its operation and its targets.</summary>
/// <param name="Number">Permits, the most items wanted, or a version.</param>
/// <param name="IsTry">Refused rather than kept waiting.</param>
/// <param name="Items">Wrapped; none by default.</param>
internal readonly record struct Question(long Number = 1, bool IsTry = false, object[]? Items = null)
{
    /// <summary>Nothing beside them, or one of what there is.</summary>
    public static readonly Question Plain = new(1);
}
