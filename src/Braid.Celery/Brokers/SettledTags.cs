namespace Braid.Celery.Brokers;

/// <summary>
/// Which delivery tags of a channel are settled, as runs: there are at most as many as messages that are held, however many were settled
/// behind one that waits for hours.
/// </summary>
internal sealed class SettledTags
{
    // In order; none touches the next, and the first begins at least two behind UpTo.
    private readonly List<(ulong First, ulong Last)> _runs = [];

    /// <summary>All tags up to here are settled; the first is 1.</summary>
    public ulong UpTo { get; private set; }

    /// <summary>How many runs lie behind <see cref="UpTo"/>.</summary>
    public int Runs => _runs.Count;

    public void Add(ulong tag)
    {
        if (tag == UpTo + 1)
        {
            UpTo = tag;
            if (_runs.Count == 0 || _runs[0].First != tag + 1) return;
            UpTo = _runs[0].Last;
            _runs.RemoveAt(0);
            return;
        }

        // Nearly always at the end.
        var at = _runs.Count;
        while (at > 0 && _runs[at - 1].First > tag) at--;
        var joinsBefore = at > 0 && _runs[at - 1].Last + 1 == tag;
        var joinsAfter = at < _runs.Count && _runs[at].First == tag + 1;
        if (joinsBefore && joinsAfter)
        {
            _runs[at - 1] = (_runs[at - 1].First, _runs[at].Last);
            _runs.RemoveAt(at);
        }
        else if (joinsBefore) _runs[at - 1] = (_runs[at - 1].First, tag);
        else if (joinsAfter) _runs[at] = (tag, _runs[at].Last);
        else _runs.Insert(at, (tag, tag));
    }
}
