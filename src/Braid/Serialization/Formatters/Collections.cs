using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Braid.Serialization.Formatters;

/// <summary>The formatters of generic types of the framework, by their open types.</summary>
internal static class Collections
{
    private static readonly Dictionary<Type, Type> Formatters = new()
    {
        [typeof(Nullable<>)] = typeof(NullableFormatter<>),
        [typeof(List<>)] = typeof(ListFormatter<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryFormatter<,>),
        [typeof(HashSet<>)] = typeof(HashSetFormatter<>),
        [typeof(Memory<>)] = typeof(MemoryFormatter<>),
        [typeof(ReadOnlyMemory<>)] = typeof(ReadOnlyMemoryFormatter<>),
        [typeof(ArraySegment<>)] = typeof(ArraySegmentFormatter<>),
    };

    public static Type? FormatterOf(Type definition)
    {
        if (Formatters.TryGetValue(definition, out var formatter))
            return formatter;
        // Types of other assemblies are only named here when a type of such an assembly asks: start-up loads none of them.
        return definition.Namespace switch
        {
            "System.Collections.Generic" => Generic(definition),
            "System.Collections.Concurrent" => Concurrent(definition),
            "System.Collections.Immutable" => Immutable(definition),
            _ => null,
        };
    }

    /// <summary>Frozen collections are of many private classes; these are the formatters of their bases.</summary>
    public static Type? Frozen(Type definition) =>
        definition == typeof(FrozenSet<>) ? typeof(FrozenSetFormatter<>)
        : definition == typeof(FrozenDictionary<,>) ? typeof(FrozenDictionaryFormatter<,>)
        : null;

    private static Type? Generic(Type definition) =>
        definition == typeof(Queue<>) ? typeof(QueueFormatter<>)
        : definition == typeof(Stack<>) ? typeof(StackFormatter<>)
        : definition == typeof(LinkedList<>) ? typeof(LinkedListFormatter<>)
        : definition == typeof(SortedSet<>) ? typeof(SortedSetFormatter<>)
        : definition == typeof(SortedDictionary<,>) ? typeof(SortedDictionaryFormatter<,>)
        : definition == typeof(SortedList<,>) ? typeof(SortedListFormatter<,>)
        : definition == typeof(PriorityQueue<,>) ? typeof(PriorityQueueFormatter<,>)
        : definition == typeof(OrderedDictionary<,>) ? typeof(OrderedDictionaryFormatter<,>)
        : null;

    private static Type? Concurrent(Type definition) =>
        definition == typeof(ConcurrentQueue<>) ? typeof(ConcurrentQueueFormatter<>)
        : definition == typeof(ConcurrentStack<>) ? typeof(ConcurrentStackFormatter<>)
        : definition == typeof(ConcurrentBag<>) ? typeof(ConcurrentBagFormatter<>)
        : definition == typeof(ConcurrentDictionary<,>) ? typeof(ConcurrentDictionaryFormatter<,>)
        : null;

    private static Type? Immutable(Type definition) =>
        definition == typeof(ImmutableArray<>) ? typeof(ImmutableArrayFormatter<>)
        : definition == typeof(ImmutableList<>) ? typeof(ImmutableListFormatter<>)
        : definition == typeof(ImmutableQueue<>) ? typeof(ImmutableQueueFormatter<>)
        : definition == typeof(ImmutableStack<>) ? typeof(ImmutableStackFormatter<>)
        : definition == typeof(ImmutableHashSet<>) ? typeof(ImmutableHashSetFormatter<>)
        : definition == typeof(ImmutableSortedSet<>) ? typeof(ImmutableSortedSetFormatter<>)
        : definition == typeof(ImmutableDictionary<,>) ? typeof(ImmutableDictionaryFormatter<,>)
        : definition == typeof(ImmutableSortedDictionary<,>) ? typeof(ImmutableSortedDictionaryFormatter<,>)
        : null;
}
