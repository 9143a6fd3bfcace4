using System.Runtime.CompilerServices;

namespace Braid.Serialization.Graphs;

/// <summary>
/// Numbers objects by identity in the order of their arrival. The first few are found by looking at each, which beats hashing;
/// most task payloads never hold more.
/// </summary>
internal struct IdentityTable
{
    private const int Scanned = 8;

    // Beyond this, cleared memory is given back instead of being kept for the next payload.
    private const int KeptItems = 64 * 1024;

    private object?[] _items = new object?[Scanned];

    // Open addressing; a slot holds a number + 1. Null while few enough are scanned, and at most half full.
    private int[]? _slots;
    private int _count;

    public IdentityTable()
    {
    }

    public readonly int Count => _count;

    public readonly object this[int index] => _items[index]!;

    /// <summary>The number of <paramref name="item"/>, which is new unless <paramref name="seen"/>.</summary>
    public int GetOrAdd(object item, out bool seen)
    {
        if (_slots is not null)
            return GetOrAddHashed(item, out seen);

        var items = _items;
        for (var i = 0; i < _count; i++)
        {
            if (ReferenceEquals(items[i], item))
            {
                seen = true;
                return i;
            }
        }

        seen = false;
        if (_count == Scanned)
        {
            Rehash(4 * Scanned);
            return GetOrAddHashed(item, out seen);
        }

        items[_count] = item;
        return _count++;
    }

    /// <summary>The number of <paramref name="item"/>, or -1.</summary>
    public readonly int Find(object item)
    {
        if (_slots is null)
            return Array.IndexOf(_items, item, 0, _count);
        var mask = _slots.Length - 1;
        for (var slot = RuntimeHelpers.GetHashCode(item) & mask; _slots[slot] is var number and not 0; slot = (slot + 1) & mask)
        {
            if (ReferenceEquals(_items[number - 1], item))
                return number - 1;
        }

        return -1;
    }

    public void Clear()
    {
        if (_items.Length > KeptItems)
            _items = new object?[Scanned];
        else
            Array.Clear(_items, 0, _count);
        _slots = null;
        _count = 0;
    }

    private int GetOrAddHashed(object item, out bool seen)
    {
        if (2 * (_count + 1) > _slots!.Length)
            Rehash(2 * _slots.Length);
        var mask = _slots.Length - 1;
        var slot = RuntimeHelpers.GetHashCode(item) & mask;
        while (_slots[slot] is var number and not 0)
        {
            if (ReferenceEquals(_items[number - 1], item))
            {
                seen = true;
                return number - 1;
            }

            slot = (slot + 1) & mask;
        }

        seen = false;
        if (_count == _items.Length)
            Array.Resize(ref _items, 2 * _count);
        _items[_count] = item;
        _slots[slot] = ++_count;
        return _count - 1;
    }

    private void Rehash(int length)
    {
        var slots = new int[length];
        for (var i = 0; i < _count; i++)
        {
            var slot = RuntimeHelpers.GetHashCode(_items[i]) & (length - 1);
            while (slots[slot] != 0)
                slot = (slot + 1) & (length - 1);
            slots[slot] = i + 1;
        }

        _slots = slots;
    }
}
