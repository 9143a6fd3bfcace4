namespace Braid.Driver.Workers;

/// <summary>What <see cref="Autoscaler"/> decides by, at one moment.</summary>
/// <param name="Workers">Wanted now: alive or being started, and not on their way out.</param>
/// <param name="QueuedTasks">Tasks that could run and have no slot.</param>
/// <param name="IdleWorkers">Alive with no task at all.</param>
internal readonly record struct Workload(int Workers, long QueuedTasks, int IdleWorkers);

/// <summary>
/// How many workers there should be. Pure: told the time and the load every now and then, it answers with a number. It grows when tasks have
/// been queued without a pause for <paramref name="growAfter"/>, by as many as could serve them and at most to double; it shrinks by as many
/// workers as had nothing to do all the time for <paramref name="shrinkAfter"/>. Between both lies what keeps it from swinging.
/// </summary>
internal sealed class Autoscaler(int min, int max, int slots, TimeSpan growAfter, TimeSpan shrinkAfter)
{
    /// <summary>Since when tasks are queued without a pause; null while none are.</summary>
    private TimeSpan? _queuedSince;

    /// <summary>Since when at least one worker is idle; null while none is.</summary>
    private TimeSpan? _idleSince;

    /// <summary>The fewest idle workers seen since then.</summary>
    private int _idleLeast;

    public int Decide(TimeSpan now, in Workload load)
    {
        var workers = Math.Clamp(load.Workers, min, max);
        if (load.QueuedTasks > 0)
        {
            _idleSince = null;
            _queuedSince ??= now;
            if (now - _queuedSince < growAfter)
                return workers;
            _queuedSince = now;
            var needed = Math.Min((load.QueuedTasks + slots - 1) / slots, workers);
            return (int)Math.Min(workers + needed, max);
        }

        _queuedSince = null;
        if (load.IdleWorkers == 0)
        {
            _idleSince = null;
            return workers;
        }

        if (_idleSince is null)
            (_idleSince, _idleLeast) = (now, load.IdleWorkers);
        _idleLeast = Math.Min(_idleLeast, load.IdleWorkers);
        if (now - _idleSince < shrinkAfter)
            return workers;
        _idleSince = null;
        return Math.Max(workers - _idleLeast, min);
    }
}
