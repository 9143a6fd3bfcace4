namespace Braid.Driver.Workers;

/// <summary>What is to be done about a worker's memory, beside what was said before.</summary>
internal enum MemoryAction
{
    None,

    /// <summary>Nothing is sent ahead to it any more.</summary>
    Press,

    /// <summary>It has room again.</summary>
    Relax,

    /// <summary>It is to collect its garbage, and values go to disk.</summary>
    Relieve,

    /// <summary>It is over its budget although it was relieved: end it.</summary>
    End,
}

/// <summary>
/// Judges one worker's memory by its budget. Pure: told the bytes in use every now and then, it answers with one action at a time. Shares of
/// the budget: from 70 % on nothing is sent ahead, until it is under 60 % again; from 85 % on it is relieved, and again after every eighth look;
/// over the whole of it, at three looks in a row after it was relieved, it is ended.
/// </summary>
internal sealed class MemoryWatch(long budgetBytes)
{
    /// <summary>A collection is not done when it is asked for: so many looks over the budget after it are taken for the truth.</summary>
    private const int LooksBeforeEnd = 2;

    /// <summary>What a task held while it was relieved may be free by now: so many looks, and it is relieved again.</summary>
    private const int LooksBetweenRelief = 8;

    private int _looksOver;
    private int _looksRelieved;

    public bool IsPressed { get; private set; }

    public bool IsRelieved { get; private set; }

    public MemoryAction Look(long usedBytes)
    {
        var share = (double)usedBytes / budgetBytes;
        if (share < 0.7)
            IsRelieved = false;
        if (share < 0.6 && IsPressed)
        {
            IsPressed = false;
            return MemoryAction.Relax;
        }

        if (share >= 0.7 && !IsPressed)
        {
            IsPressed = true;
            return MemoryAction.Press;
        }

        if (share >= 0.85 && !IsRelieved)
        {
            IsRelieved = true;
            _looksOver = _looksRelieved = 0;
            return MemoryAction.Relieve;
        }

        _looksOver = share >= 1 ? _looksOver + 1 : 0;
        if (_looksOver > LooksBeforeEnd)
            return MemoryAction.End;
        if (share < 0.85 || ++_looksRelieved < LooksBetweenRelief)
            return MemoryAction.None;
        _looksRelieved = 0;
        return MemoryAction.Relieve;
    }
}
