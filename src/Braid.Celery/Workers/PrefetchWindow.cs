namespace Braid.Celery.Workers;

/// <summary>
/// How many messages a worker takes ahead. The configured number is right for tasks that take time; where tasks end faster than the broker
/// can follow with one answer a few messages, the window grows to what was done in the last tenth of a second, and shrinks again with it.
/// So a worker never holds much more than a tenth of a second's work, and never more than <see cref="GrowthLimit"/> times its slots.
/// </summary>
internal sealed class PrefetchWindow(bool grows)
{
    /// <summary>At 64 slots' worth the broker's answers no longer limit no-op tasks; more only makes queues unfair.</summary>
    internal const int GrowthLimit = 64;

    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private long _started;
    private int _recent;

    /// <summary>A task was started.</summary>
    internal void Count() => Interlocked.Increment(ref _started);

    /// <summary>A period has passed. Returns whether the window may be another now.</summary>
    internal bool Tick()
    {
        var recent = (int)Math.Min(Interlocked.Exchange(ref _started, 0), int.MaxValue);
        return grows && Interlocked.Exchange(ref _recent, recent) != recent;
    }

    /// <summary>The window for a number of slots that takes <paramref name="configured"/> messages when it does not grow.</summary>
    internal int Size(int slots, int configured)
    {
        var recent = Volatile.Read(ref _recent);
        if (recent <= configured) return configured;
        // In powers of two: the broker is told only of changes that matter.
        return Math.Max(configured, Math.Min((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)recent), GrowthLimit * slots));
    }
}
