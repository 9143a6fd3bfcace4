using System.Diagnostics;

namespace Braid.Objects;

/// <summary>
/// Which objects each process refers to, and how often. A reference is counted for a worker when it is sent there, before the frame leaves, so
/// an object cannot be freed while a reference to it is on its way; the worker later says how many of its references it has dropped, in
/// batches; and all that a lost worker held is dropped at once. The driver itself is a holder like any other. Pure counting, one caller at a
/// time; objects that nobody refers to any more are in <see cref="Freed"/>.
/// </summary>
/// <remarks>
/// Counts and not sets: a worker may drop its last reference at the moment when another is on its way to it. Its message then says "one
/// dropped", and of the two that were counted one remains.
/// </remarks>
internal sealed class ReferenceTable
{
    /// <summary>The driver's number as a holder.</summary>
    public const int Driver = 0;

    /// <summary>References to each object from all holders; only positive counts are kept.</summary>
    private readonly Dictionary<long, long> _totals = [];

    /// <summary>The same by holder; only positive counts, and only holders that have any.</summary>
    private readonly Dictionary<int, Dictionary<long, long>> _holders = [];

    /// <summary>Objects whose last reference was dropped, in that order. The owner takes and clears it after each call.</summary>
    public List<long> Freed { get; } = [];

    /// <summary>Objects that someone refers to.</summary>
    public int Count => _totals.Count;

    /// <summary>References to the object from anywhere.</summary>
    public long CountOf(long objectId) => _totals.GetValueOrDefault(objectId);

    /// <summary>Objects that the holder refers to.</summary>
    public int HeldBy(int holder) => _holders.TryGetValue(holder, out var held) ? held.Count : 0;

    public void Acquire(int holder, long objectId, long count = 1)
    {
        Debug.Assert(count > 0);
        if (!_holders.TryGetValue(holder, out var held))
            _holders[holder] = held = [];
        held[objectId] = held.GetValueOrDefault(objectId) + count;
        _totals[objectId] = _totals.GetValueOrDefault(objectId) + count;
    }

    /// <summary>
    /// The holder has dropped some of its references. False when it never had as many: then it has none now, and whoever
    /// sent the message is wrong or was declared lost before it came.
    /// </summary>
    public bool Release(int holder, long objectId, long count = 1)
    {
        Debug.Assert(count > 0);
        if (!_holders.TryGetValue(holder, out var held) || !held.TryGetValue(objectId, out var had))
            return false;

        if (had > count)
        {
            held[objectId] = had - count;
        }
        else
        {
            held.Remove(objectId);
            if (held.Count == 0)
                _holders.Remove(holder);
        }

        Drop(objectId, Math.Min(had, count));
        return had >= count;
    }

    /// <summary>The holder is gone, and with it all its references.</summary>
    public void Lost(int holder)
    {
        if (!_holders.Remove(holder, out var held))
            return;
        foreach (var (objectId, count) in held)
            Drop(objectId, count);
    }

    /// <summary>Throws when the totals are not the sums of the holders' counts; for tests and debug builds.</summary>
    public void Validate()
    {
        var sums = new Dictionary<long, long>();
        foreach (var (holder, held) in _holders)
        {
            if (held.Count == 0)
                throw new InvalidOperationException($"The reference table keeps holder {holder}, which holds nothing.");
            foreach (var (objectId, count) in held)
                sums[objectId] = sums.GetValueOrDefault(objectId) + (count > 0 ? count : throw NotPositive(holder, objectId, count));
        }

        if (sums.Count != _totals.Count || sums.Any(sum => _totals.GetValueOrDefault(sum.Key) != sum.Value))
            throw new InvalidOperationException("The reference table's totals are not the sums of what its holders have.");
    }

    private static InvalidOperationException NotPositive(int holder, long objectId, long count) =>
        new($"The reference table says that holder {holder} has {count} references to object {objectId}.");

    private void Drop(long objectId, long count)
    {
        var total = _totals[objectId] - count;
        Debug.Assert(total >= 0);
        if (total > 0)
        {
            _totals[objectId] = total;
            return;
        }

        _totals.Remove(objectId);
        Freed.Add(objectId);
    }
}
