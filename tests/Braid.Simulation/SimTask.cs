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
}

/// <param name="Kind">What the body does.</param>
/// <param name="Microseconds">Work: how long. Wait: after which time it gives up, 0 for never.</param>
/// <param name="Count">Spawn: how many. Wait: how many of them must end, 0 for all.</param>
/// <param name="Older">Wait: for older tasks rather than for children.</param>
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

    public TaskState StateBefore { get; set; }

    public override string ToString() => $"task {Id}";
}
