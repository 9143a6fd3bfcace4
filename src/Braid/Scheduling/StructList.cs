using System.Collections;

namespace Braid.Scheduling;

/// <summary>
/// A list of structs of our own. The framework's list would do, but its code for our structs can be in no image: each program would compile it as it
/// starts. This one's is in ours.
/// </summary>
internal sealed class StructList<T> : IReadOnlyList<T> where T : struct
{
    private const int CapacityMin = 16;

    /// <summary>A larger array, from some burst, is not kept.</summary>
    private const int CapacityKept = 1 << 16;

    private T[] _items = new T[CapacityMin];

    public int Count { get; private set; }

    public ref readonly T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return ref _items[index];
        }
    }

    T IReadOnlyList<T>.this[int index] => this[index];

    public void Add(in T item)
    {
        if (Count == _items.Length)
            Grow(Count + 1);
        _items[Count++] = item;
    }

    public void AddRange(StructList<T> more)
    {
        if (Count + more.Count > _items.Length)
            Grow(Count + more.Count);
        Array.Copy(more._items, 0, _items, Count, more.Count);
        Count += more.Count;
    }

    /// <summary>Takes away all from there on.</summary>
    public void Truncate(int count)
    {
        Array.Clear(_items, count, Count - count);
        Count = count;
    }

    public void Clear()
    {
        if (_items.Length > CapacityKept)
            _items = new T[CapacityMin];
        else
            Array.Clear(_items, 0, Count);
        Count = 0;
    }

    public Enumerator GetEnumerator() => new(this);

    IEnumerator<T> IEnumerable<T>.GetEnumerator()
    {
        foreach (var item in this)
            yield return item;
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<T>)this).GetEnumerator();

    private void Grow(int count)
    {
        var items = new T[Math.Max(count, 2 * _items.Length)];
        Array.Copy(_items, items, Count);
        _items = items;
    }

    public struct Enumerator(StructList<T> list)
    {
        private int _next;

        /// <summary>By reference: the items are large.</summary>
        public readonly ref readonly T Current => ref list._items[_next - 1];

        public bool MoveNext() => ++_next <= list.Count;
    }
}
