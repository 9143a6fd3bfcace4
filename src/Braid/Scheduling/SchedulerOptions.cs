namespace Braid.Scheduling;

/// <summary>The scheduler's constants. The defaults are explained in docs/design/scheduling.md.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Tasks sent ahead per slot to a worker of which no task's length is known yet.</summary>
    public int AheadAtFirst { get; init; } = 4;

    /// <summary>Tasks sent ahead per slot at most.</summary>
    public int AheadMaximum { get; init; } = 128;

    /// <summary>Work sent ahead per slot: many times a round trip, yet little enough that a late urgent task does not wait long behind it.</summary>
    public int AheadMicroseconds { get; init; } = 4_000;

    /// <summary>Calls sent ahead to an actor, per concurrency group, at most.</summary>
    public int CallsAheadMaximum { get; init; } = 255;

    /// <summary>How often later tasks may overtake one that does not fit anywhere before a worker is kept free for it.</summary>
    public int OvertakesMaximum { get; init; } = 64;

    /// <summary>Tasks asked back from one worker at a time, at most.</summary>
    public int ReclaimMaximum { get; init; } = 64;

    /// <summary>A task with more dependencies than this is never sent ahead of them: looking at all of them each time would not be linear.</summary>
    public int PipelinedDependenciesMaximum { get; init; } = 16;
}
