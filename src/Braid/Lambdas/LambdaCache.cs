using System.Diagnostics;

namespace Braid.Lambdas;

/// <summary>
/// Every lambda that this process has seen, found by what a delegate holds. Reading takes no lock: entries never change and are never
/// removed, since only code that lives as long as the process is kept here; the program's own code bounds their number.
/// </summary>
internal sealed class LambdaCache
{
    private const int InitialSlots = 64;

    private readonly Lock _adding = new();

    // Open addressing with linear probing, at most half full, a power of two long. Replaced as a whole when it grows.
    private Entry?[] _slots = new Entry?[InitialSlots];
    private int _count;

    /// <summary>The lambda of a delegate of this type, entry points and target's type (null for an open delegate), or null when it is new.</summary>
    public Lambda? Find(Type delegateType, nint method, nint openMethod, Type? targetType)
    {
        var slots = Volatile.Read(ref _slots);
        for (var i = Hash(method, openMethod); ; i++)
        {
            var entry = Volatile.Read(ref slots[i & (slots.Length - 1)]);
            if (entry is null) return null;
            if (entry.Is(delegateType, method, openMethod, targetType)) return entry.Lambda;
        }
    }

    /// <summary>Keeps a lambda; of two threads that add the same one, both get the first.</summary>
    public Lambda Add(Type delegateType, nint method, nint openMethod, Type? targetType, Lambda lambda)
    {
        lock (_adding)
        {
            if (Find(delegateType, method, openMethod, targetType) is { } found) return found;
            if (2 * (_count + 1) > _slots.Length) Grow();
            Place(_slots, new Entry(delegateType, method, openMethod, targetType, lambda));
            _count++;
            return lambda;
        }
    }

    private void Grow()
    {
        var larger = new Entry?[2 * _slots.Length];
        foreach (var entry in _slots)
        {
            if (entry is not null) Place(larger, entry);
        }

        Volatile.Write(ref _slots, larger);
    }

    private static void Place(Entry?[] slots, Entry entry)
    {
        var i = Hash(entry.Method, entry.OpenMethod);
        while (slots[i & (slots.Length - 1)] is not null) i++;
        Volatile.Write(ref slots[i & (slots.Length - 1)], entry);
    }

    // Entry points lie in runs, eight bytes or more apart; the multiplication spreads them over the upper half.
    private static int Hash(nint method, nint openMethod) =>
        (int)((ulong)(method ^ openMethod) * 0x9E3779B97F4A7C15UL >> 33);

    private sealed class Entry(Type delegateType, nint method, nint openMethod, Type? targetType, Lambda lambda)
    {
        public readonly nint Method = method;
        public readonly nint OpenMethod = openMethod;
        public readonly Lambda Lambda = lambda;

        public bool Is(Type otherDelegateType, nint otherMethod, nint otherOpenMethod, Type? otherTargetType)
        {
            Debug.Assert(otherOpenMethod == 0 || otherTargetType is null);
            return Method == otherMethod && OpenMethod == otherOpenMethod
                && ReferenceEquals(delegateType, otherDelegateType) && ReferenceEquals(targetType, otherTargetType);
        }
    }
}
