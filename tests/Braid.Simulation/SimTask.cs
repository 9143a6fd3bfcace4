using Braid.Scheduling;

namespace Braid.Simulation;

internal enum StepKind
{
    /// <summary>Computes for some time.</summary>
    Work,

    /// <summary>Submits children.</summary>
    Spawn,

    /// <summary>Waits for its children, or for older tasks.</summary>
    Wait,

    /// <summary>Hands one item of a stream on, when it has credit for it.</summary>
    Yield,

    /// <summary>Asks for a lock, and waits for it.</summary>
    Acquire,

    /// <summary>Gives back what it got last.</summary>
    Release,
}

/// <param name="Kind">What the body does.</param>
/// <param name="Microseconds">Work: how long. Wait and Acquire: after which time it gives up, 0 for never.</param>
/// <param name="Count">Spawn: how many. Wait: how many of them must end, 0 for all. Acquire: which lock.</param>
/// <param name="Older">Wait: for other tasks rather than for children: older ones, or any where deadlocks are looked for.</param>
internal readonly record struct Step(StepKind Kind, long Microseconds, int Count, bool Older);

/// <summary>How an attempt ends when it comes to its end.</summary>
internal enum Outcome
{
    Value,
    Error,
    RetryableError,

    /// <summary>Takes its worker with it.</summary>
    Crash,
}

/// <summary>A task of the workload: what its body does is settled when it is made, so that every attempt does the same.</summary>
internal sealed class SimTask : TaskNode
{
    public required Step[] Steps { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>The first attempts that end in <see cref="Outcome"/>; later ones end with a value.</summary>
    public required int OutcomeAttempts { get; init; }

    /// <summary>Its body notices a cancellation.</summary>
    public required bool Cooperative { get; init; }

    /// <summary>Its value stays at the worker that made it.</summary>
    public required bool IsHeld { get; init; }

    public required int Retries { get; init; }

    /// <summary>Tasks made before this one's outermost ancestor may be waited for without a cycle.</summary>
    public required int OlderThan { get; init; }

    /// <summary>Items that may be under way; 0 for what is no stream.</summary>
    public int StreamBuffer { get; init; }

    public bool IsStream => StreamBuffer > 0;

    /// <summary>After so many items its consumer leaves the loop.</summary>
    public int ItemsWanted { get; init; } = int.MaxValue;

    /// <summary>Items handed to the consumer.</summary>
    public int ItemsArrived { get; set; }

    /// <summary>Of them, those that the consumer is done with, and those it has given credit for.</summary>
    public int ItemsConsumed { get; set; }

    public int ItemsCredited { get; set; }

    /// <summary>No other attempt may follow, whoever ended its worker.</summary>
    public bool IsBound => ItemsArrived > 0;

    public required int Depth { get; init; }

    /// <summary>Lasts from an actor's constructor to its end.</summary>
    public bool IsLife => Role is not null and not ActorCall;

    /// <summary>Nothing needs its value any more, so the driver let it go.</summary>
    public bool Freed { get; set; }

    public override bool HasValue => !Freed;

    /// <summary>Bodies started, wherever.</summary>
    public int Starts { get; set; }

    /// <summary>Starts that cost no retry: its worker was killed because of another task.</summary>
    public int FreeStarts { get; set; }

    /// <summary>1, and one more for each time that its value was lost.</summary>
    public int Lives { get; set; } = 1;

    /// <summary>Ended commands seen.</summary>
    public int Ends { get; set; }

    /// <summary>The attempt for which a cancellation was asked; none may come after it.</summary>
    public int CancelledAttempt { get; set; } = int.MaxValue;

    /// <summary>The last attempt whose body has ended, whether the driver knows it or not.</summary>
    public int EndedAttempt { get; set; }

    /// <summary>The last attempt whose body has ended without a value, likewise.</summary>
    public int FailedAttempt { get; set; }

    public TaskState StateBefore { get; set; }

    public override string ToString() => $"task {Id}";
}
