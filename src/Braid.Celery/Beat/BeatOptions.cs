namespace Braid.Celery;

/// <summary>How a beat runs.</summary>
public sealed record BeatOptions
{
    /// <summary>
    /// <c>--schedule</c>: a file that remembers what was sent last, and that lets one beat of this machine run at a time. Default: none; then the
    /// Redis or PostgreSQL of the result backend (or else of the broker) remembers it, and beats of any number of machines share the work.
    /// Without either it is the file "celerybeat-schedule.json" in the current folder.
    /// </summary>
    public string? ScheduleFile { get; init; }

    /// <summary>
    /// How long the other beats wait for the one that leads before one of them takes over. Default: 15 seconds; at least 1.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// <c>beat_cron_starting_deadline</c>: a tick that was missed (no beat ran) is sent late only within this time; the last of several
    /// missed ones alone. Default: no limit.
    /// </summary>
    public TimeSpan? StartingDeadline { get; init; }
}
