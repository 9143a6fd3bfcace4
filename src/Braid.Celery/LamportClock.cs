namespace Braid.Celery;

/// <summary>Lamport's logical clock, which Celery's events and control messages carry.</summary>
internal sealed class LamportClock
{
    private long _value;

    internal long Value => Volatile.Read(ref _value);

    internal long Forward() => Interlocked.Increment(ref _value);

    /// <summary>A message of another clock was seen.</summary>
    internal void Adjust(long other)
    {
        for (var now = Value; ; now = Value)
            if (Interlocked.CompareExchange(ref _value, Math.Max(now, other) + 1, now) == now) return;
    }
}
