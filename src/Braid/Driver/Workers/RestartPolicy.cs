namespace Braid.Driver.Workers;

/// <summary>
/// How long a replacement waits before it is started. Pure. One for a worker that had done some work starts at once, however often that
/// happens; after workers that ended one after the other before any had finished a single task, each waits twice as long as the one before.
/// </summary>
internal sealed class RestartPolicy
{
    /// <summary>So many in a row are replaced at once: one task that kills what it meets takes a few workers with it.</summary>
    public const int FreeRestarts = 3;

    public static readonly TimeSpan WaitMin = TimeSpan.FromMilliseconds(50);

    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    /// <summary>Workers that ended since the last one that had finished a task.</summary>
    private int _inVain;

    /// <summary>A worker was lost: how long its successor waits.</summary>
    public TimeSpan Lost(bool hadFinishedTask)
    {
        _inVain = hadFinishedTask ? 0 : _inVain + 1;
        if (_inVain <= FreeRestarts)
            return TimeSpan.Zero;
        var doublings = Math.Min(_inVain - FreeRestarts - 1, 16);
        var wait = WaitMin * (1 << doublings);
        return wait < WaitMax ? wait : WaitMax;
    }
}
