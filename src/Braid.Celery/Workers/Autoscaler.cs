namespace Braid.Celery.Workers;

/// <summary>
/// Celery's autoscaler: slots for all work that there is, between two bounds, at once; and fewer when for half a minute there was less.
/// Pure: the clock and the load come in.
/// </summary>
internal sealed class Autoscaler(int most, int least)
{
    /// <summary>Celery's AUTOSCALE_KEEPALIVE.</summary>
    internal static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    // Guarded by _lock: the bounds, and when all slots that there were then were last needed.
    private int _most = most;
    private int _least = least;
    private DateTimeOffset _busy;

    internal (int Most, int Least) Update(int? most, int? least)
    {
        lock (_lock)
        {
            _most = most ?? _most;
            _least = least ?? _least;
            if (_least < 0 || _most < Math.Max(1, _least))
                throw new TaskException("ValueError", "builtins", $"autoscale needs 0 <= min <= max and max >= 1, not max={_most} min={_least}");
            return (_most, _least);
        }
    }

    /// <summary>By how many slots the pool is to change.</summary>
    /// <param name="size">Slots now.</param>
    /// <param name="work">Tasks that run or wait for a slot.</param>
    /// <param name="now">The time.</param>
    internal int Decide(int size, int work, DateTimeOffset now)
    {
        lock (_lock)
        {
            // A pool without a slot could not take the next task.
            var wanted = Math.Clamp(work, Math.Max(1, _least), _most);
            if (wanted >= size || size > _most)
            {
                _busy = now;
                return wanted - size;
            }
            if (now - _busy < KeepAlive) return 0;
            _busy = now;
            return wanted - size;
        }
    }
}
