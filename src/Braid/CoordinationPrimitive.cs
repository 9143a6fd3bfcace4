using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>
/// What tasks, actors and the driver meet at: a handle to a lock, a queue and the like, which itself lives in the driver. Handles travel in lambdas,
/// arguments and results, and all mean the same primitive.
/// </summary>
/// <remarks>
/// A primitive lives until no handle to it can be reached, on any worker, or until it is disposed of. What an execution holds when it ends (a task, by a
/// value, an error, a cancellation or its worker's death) is released; what it waits for is withdrawn. Whoever waits is served in the order of asking.
/// Waiting inside a task gives up its slot. Limits: docs/guide/coordination.md.
/// </remarks>
public abstract class CoordinationPrimitive : IAsyncDisposable
{
    private protected CoordinationPrimitive(IObjectState state)
    {
        State = state;
        (state as Driver.PrimitiveRecord)?.Reach.Open();
    }

    internal IObjectState State { get; }

    private protected CoordinationBackend Backend => State.Backend.Coordination;

    /// <summary>Unique within the cluster for each handle that was created; copies that travelled share it.</summary>
    public long Id => State.Id;

    /// <summary>Ends the primitive, for all handles: who waits gets <see cref="ObjectDisposedException"/>, and whoever asks later.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await DoneAsync(Operation.Dispose, Question.Plain).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It was already, or its whole cluster was.
        }

        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public override string ToString() => $"{GetType().Name.Split('`')[0]} {Id}";

    private protected ValueTask<T> AskAsync<T>(
        Operation operation, Question question, Func<CoordinationCall, Outcome, T> convert, TimeSpan? timeout, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<T>(cancellationToken)
            : Backend.Ask(operation, [State], question, convert, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).Result;

    private protected DistributedHold Held(CoordinationCall call, Outcome outcome) => new(Backend, call, outcome.Abandoned);

    private protected DistributedHold? HeldOrNull(CoordinationCall call, Outcome outcome) =>
        outcome.Kind == OutcomeKind.Granted ? Held(call, outcome) : null;

    /// <summary>For what is answered by its end alone.</summary>
    private protected ValueTask DoneAsync(Operation operation, Question question, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : Backend.Ask(operation, [State], question, static (_, _) => true, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).End;

    private protected ValueTask<long> NumberAsync(Operation operation, Question question, CancellationToken cancellationToken) =>
        AskAsync(operation, question, static (_, outcome) => outcome.Number, null, cancellationToken);
}
