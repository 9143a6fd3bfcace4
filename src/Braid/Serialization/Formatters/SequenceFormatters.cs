using System.Collections.Concurrent;

namespace Braid.Serialization.Formatters;

internal sealed class QueueFormatter<T> : SequenceFormatter<Queue<T>, T>
{
    protected override Queue<T> CreateInstance(ObjectReader reader) => new();

    protected override T[] ToArray(Queue<T> value) => value.ToArray();

    protected override void Add(Queue<T> collection, T element) => collection.Enqueue(element);
}

/// <summary>From the bottom up.</summary>
internal sealed class StackFormatter<T> : SequenceFormatter<Stack<T>, T>
{
    protected override Stack<T> CreateInstance(ObjectReader reader) => new();

    protected override T[] ToArray(Stack<T> value) => Reversed(value.ToArray());

    protected override void Add(Stack<T> collection, T element) => collection.Push(element);
}

internal sealed class LinkedListFormatter<T> : SequenceFormatter<LinkedList<T>, T>
{
    protected override LinkedList<T> CreateInstance(ObjectReader reader) => new();

    protected override T[] ToArray(LinkedList<T> value) => [.. value];

    protected override void Add(LinkedList<T> collection, T element) => collection.AddLast(element);
}

internal sealed class ConcurrentQueueFormatter<T> : SequenceFormatter<ConcurrentQueue<T>, T>
{
    protected override ConcurrentQueue<T> CreateInstance(ObjectReader reader) => new();

    protected override T[] ToArray(ConcurrentQueue<T> value) => value.ToArray();

    protected override void Add(ConcurrentQueue<T> collection, T element) => collection.Enqueue(element);
}

/// <summary>From the bottom up.</summary>
internal sealed class ConcurrentStackFormatter<T> : SequenceFormatter<ConcurrentStack<T>, T>
{
    protected override ConcurrentStack<T> CreateInstance(ObjectReader reader) => new();

    protected override T[] ToArray(ConcurrentStack<T> value) => Reversed(value.ToArray());

    protected override void Add(ConcurrentStack<T> collection, T element) => collection.Push(element);
}

/// <summary>A bag gives out what was added last, so the order that one thread saw is kept by adding in reverse.</summary>
internal sealed class ConcurrentBagFormatter<T> : SequenceFormatter<ConcurrentBag<T>, T>
{
    protected override ConcurrentBag<T> CreateInstance(ObjectReader reader) => [];

    protected override T[] ToArray(ConcurrentBag<T> value) => Reversed(value.ToArray());

    protected override void Add(ConcurrentBag<T> collection, T element) => collection.Add(element);
}

/// <summary>The comparer, then the elements in order of insertion.</summary>
internal sealed class HashSetFormatter<T> : SequenceFormatter<HashSet<T>, T>
{
    protected override void WriteHead(ObjectWriter writer, HashSet<T> value) => Comparers<T>.Write(writer, value.Comparer);

    protected override HashSet<T> CreateInstance(ObjectReader reader) => new(Comparers<T>.ReadEquality(reader));

    protected override T[] ToArray(HashSet<T> value) => [.. value];

    protected override void Add(HashSet<T> collection, T element)
    {
        if (!collection.Add(element))
            throw new ArgumentException("An element is there twice.");
    }

    protected override bool AddLooks(HashSet<T> collection) => !Elements<T>.AreWhole || !Comparers<T>.IsKnown(collection.Comparer);
}

/// <summary>The comparer, then the elements in their order.</summary>
internal sealed class SortedSetFormatter<T> : SequenceFormatter<SortedSet<T>, T>
{
    protected override void WriteHead(ObjectWriter writer, SortedSet<T> value) => Comparers<T>.Write(writer, value.Comparer);

    protected override SortedSet<T> CreateInstance(ObjectReader reader) => new(Comparers<T>.ReadOrder(reader));

    protected override T[] ToArray(SortedSet<T> value) => [.. value];

    protected override void Add(SortedSet<T> collection, T element)
    {
        if (!collection.Add(element))
            throw new ArgumentException("An element is there twice.");
    }

    protected override bool AddLooks(SortedSet<T> collection) => true;
}

/// <summary>The comparer, then elements with their priorities.</summary>
internal sealed class PriorityQueueFormatter<T, TPriority> : SequenceFormatter<PriorityQueue<T, TPriority>, (T Element, TPriority Priority)>
{
    protected override void WriteHead(ObjectWriter writer, PriorityQueue<T, TPriority> value) => Comparers<TPriority>.Write(writer, value.Comparer);

    protected override PriorityQueue<T, TPriority> CreateInstance(ObjectReader reader) => new(Comparers<TPriority>.ReadOrder(reader));

    protected override (T Element, TPriority Priority)[] ToArray(PriorityQueue<T, TPriority> value) => [.. value.UnorderedItems];

    protected override void Add(PriorityQueue<T, TPriority> collection, (T Element, TPriority Priority) element) =>
        collection.Enqueue(element.Element, element.Priority);

    protected override bool AddLooks(PriorityQueue<T, TPriority> collection) => true;
}
