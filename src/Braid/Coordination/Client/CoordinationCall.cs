namespace Braid.Coordination.Client;

/// <summary>
/// A request as the code that makes it sees it. The driver answers at once, by the outcome or by saying that it waits, so the first answer needs no
/// slot given up; only a request that waits has a second one.
/// </summary>
/// <param name="number">Unique at its origin.</param>
internal sealed class CoordinationCall(long number)
{
    private readonly TaskCompletionSource<Outcome> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Outcome> _final = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Number => number;

    /// <summary>In the driver, once it was asked: the request itself. Touched while the inbox is drained.</summary>
    public Request? Request { get; set; }

    public Task<Outcome> First => _first.Task;

    public Task<Outcome> Final => _final.Task;

    /// <summary>One answer at a time, in their order.</summary>
    public void Answer(in Outcome outcome)
    {
        if (outcome.Kind != OutcomeKind.Waiting)
            _final.TrySetResult(outcome);
        _first.TrySetResult(outcome);
    }
}
