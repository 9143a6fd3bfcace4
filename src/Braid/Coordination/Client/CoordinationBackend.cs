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

    /// <summary>Asks at once; awaiting the result waits for the outcome, with the task's slot given up if it takes longer. An outcome that is no answer is thrown.</summary>
    /// <param name="operation">What is asked.</param>
    /// <param name="targets">Of whom.</param>
    /// <param name="question">What it says.</param>
    /// <param name="convert">Makes the result of an outcome that was granted or refused.</param>
    /// <param name="timeout">Infinite for none.</param>
    /// <param name="cancellationToken">Ends the request, as the time limit does.</param>
    public PendingOutcome<T> Ask<T>(
        Operation operation, IObjectState[] targets, Question question, Func<CoordinationCall, Outcome, T> convert, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var execution = TaskExecution.Current;
        if (execution is not null && execution.Backend != cluster)
            execution = null;
        var call = Send(operation, targets, question, execution);
        GC.KeepAlive(targets);
        return new PendingOutcome<T>(this, call, execution, convert, timeout, cancellationToken);
    }

    protected abstract CoordinationCall Send(Operation operation, IObjectState[] targets, Question question, TaskExecution? execution);
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
