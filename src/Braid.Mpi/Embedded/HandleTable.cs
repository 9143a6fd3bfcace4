namespace Braid.Mpi.Embedded;

/// <summary>Objects by handle: small numbers from 1, so that 0 is null in every table. Reading takes no lock.</summary>
internal sealed class HandleTable<T>(MpiErrorClass error, string what) where T : class
{
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = [];

    /// <summary>Replaced by a longer copy when full; entries of the old one stay right for who still reads it.</summary>
    private volatile T?[] _items = new T?[64];
    private int _count = 1;

    public nint Add(T item)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var index))
            {
                index = _count++;
                if (index == _items.Length)
                {
                    var longer = new T?[index * 2];
                    _items.CopyTo(longer, 0);
                    _items = longer;
                }
            }
            Volatile.Write(ref _items[index], item);
            return index;
        }
    }

    public T this[nint handle]
    {
        get
        {
            var items = _items;
            return (nuint)handle < (nuint)items.Length && items[handle] is { } item ? item : throw Unknown(handle);
        }
    }

    public void Remove(nint handle)
    {
        lock (_gate)
        {
            _ = this[handle];
            _items[handle] = null;
            _free.Push((int)handle);
        }
    }

    private MpiException Unknown(nint handle) => new(error, (int)error, "embedded", $"no such {what} ({handle}); was it freed?");
}
