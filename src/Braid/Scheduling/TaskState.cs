namespace Braid.Scheduling;

/// <summary>
/// Where a task stands: <c>Waiting → Ready → Assigned → Done | Failed | Cancelled</c>, and back to <c>Ready</c> or <c>Waiting</c> when it
/// is given back, retried or rebuilt. The whole table, with reasons, is in docs/design/scheduling.md.
/// </summary>
internal enum TaskState : byte
{
    /// <summary>Not yet submitted, or some dependency has not ended.</summary>
    Waiting,

    /// <summary>Every dependency is done; stands in a ready queue.</summary>
    Ready,

    /// <summary>Sent to a worker: queued, running or blocked there. May still have dependencies that run on that same worker.</summary>
    Assigned,

    /// <summary>Ended with a value.</summary>
    Done,

    /// <summary>Ended with an error, its own or its dependency's.</summary>
    Failed,

    /// <summary>Ended without a value because it, or a dependency of it, was cancelled.</summary>
    Cancelled,
}
