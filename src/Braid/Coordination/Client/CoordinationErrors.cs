namespace Braid.Coordination.Client;

/// <summary>Outcomes that are thrown.</summary>
internal static class CoordinationErrors
{
    public static Exception Of(in Outcome outcome) => outcome.Kind switch
    {
        OutcomeKind.Completed => new QueueCompletedException(),
        OutcomeKind.Broken => new BarrierBrokenException($"The barrier is broken: {outcome.Text}. Reset it when its parties are ready to begin anew."),
        OutcomeKind.Disposed => new ObjectDisposedException(null, outcome.Text ?? "The primitive was disposed of; whoever waits for it, or asks it later, fails."),
        _ => new InvalidOperationException(outcome.Text),
    };
}
