namespace Braid.Execution;

/// <summary>
/// The right to read a link, kept by the thread that reads it while that thread does something short in between, such as a continuation of the
/// user's. When that takes longer than a tick, the watch passes the right on, so that a link is never left unread for long.
/// </summary>
/// <param name="watch">Looks after it; it must have been added there.</param>
/// <param name="passOn">Has another thread read on. Called by the watch.</param>
internal sealed class ReadingTurn(ReadingWatch watch, Action passOn)
{
    /// <summary>Counts the absences. The reader's own.</summary>
    private long _last;

    /// <summary>What the watch saw at its last look. The watch's own.</summary>
    private long _seen;

    /// <summary>The absence under way, or 0: whoever exchanges it for 0 has the reading.</summary>
    private long _away;

    /// <summary>Whether the reader is away just now.</summary>
    public bool IsAway => Volatile.Read(ref _away) != 0;

    /// <summary>Runs a continuation on the reading thread. False when it took so long that another thread reads by now.</summary>
    public bool TryRun(Action lone)
    {
        var absence = ++_last;
        Interlocked.Exchange(ref _away, absence);
        watch.Look();
        Wakeups.Run(lone);
        return TryTake(absence);
    }

    /// <summary>Whether the reader is away; passes the reading on when it is the same absence as at the last look.</summary>
    public bool Check()
    {
        var absence = Volatile.Read(ref _away);
        if (absence != 0 && absence == _seen && TryTake(absence))
            passOn();
        _seen = absence;
        return absence != 0;
    }

    private bool TryTake(long absence) => Interlocked.CompareExchange(ref _away, 0, absence) == absence;
}
