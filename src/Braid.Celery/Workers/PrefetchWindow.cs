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

    /// <summary>Room for waiting messages is made in steps of so many: the broker is told rarely.</summary>
    private const int WaitingStep = 64;

    private long _started;
    private int _room;
    private int _recent;

    /// <summary>A task was started.</summary>
    internal void Count() => Interlocked.Increment(ref _started);

    /// <summary>A period has passed.</summary>
    internal void Tick()
    {
        var recent = (int)Math.Min(Interlocked.Exchange(ref _started, 0), int.MaxValue);
        if (grows) Volatile.Write(ref _recent, recent);
    }

    /// <summary>What the window must have beside its size for messages that were taken and wait for their time.</summary>
    internal int RoomFor(int waiting)
    {
        var needed = (waiting + WaitingStep - 1) / WaitingStep * WaitingStep;
        var room = Volatile.Read(ref _room);
        // A number that wavers around a step changes nothing.
        if (needed <= room && needed > room - 2 * WaitingStep && needed > 0) return room;
        Volatile.Write(ref _room, needed);
        return needed;
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
