using System.Collections.Immutable;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>A collection that can only be made of elements that are all there.</summary>
internal abstract class ImmutableFormatter<TCollection, T> : Formatter<TCollection> where TCollection : class, IEnumerable<T>
{
    internal sealed override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    protected static void WriteElements(ObjectWriter writer, TCollection value)
    {
        T[] elements = [.. value];
        writer.WriteVarUInt64((ulong)elements.Length);
        Elements<T>.Write(writer, elements);
    }

    protected static T[] ReadElements(ObjectReader reader) => Elements<T>.Read(reader, reader.ReadCount());

    internal sealed override void Scan(GraphVisitor visitor, TCollection value)
    {
        if (IsLeaf)
            return;
        foreach (var element in value)
            visitor.Visit(element);
    }
}

internal sealed class ImmutableListFormatter<T> : ImmutableFormatter<ImmutableList<T>, T>
{
    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, ImmutableList<T> value) => WriteElements(writer, value);

    public override ImmutableList<T> Read(ObjectReader reader) => ImmutableList.Create(ReadElements(reader));
}

internal sealed class ImmutableQueueFormatter<T> : ImmutableFormatter<ImmutableQueue<T>, T>
{
    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, ImmutableQueue<T> value) => WriteElements(writer, value);

    public override ImmutableQueue<T> Read(ObjectReader reader) => ImmutableQueue.Create(ReadElements(reader));
}

/// <summary>From the top down.</summary>
internal sealed class ImmutableStackFormatter<T> : ImmutableFormatter<ImmutableStack<T>, T>
{
    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, ImmutableStack<T> value) => WriteElements(writer, value);

    public override ImmutableStack<T> Read(ObjectReader reader)
    {
        var elements = ReadElements(reader);
        Array.Reverse(elements);
        return ImmutableStack.Create(elements);
    }
}

internal sealed class ImmutableHashSetFormatter<T> : ImmutableFormatter<ImmutableHashSet<T>, T>
{
    public override void Write(ObjectWriter writer, ImmutableHashSet<T> value)
    {
        Comparers<T>.Write(writer, value.KeyComparer);
        WriteElements(writer, value);
    }

    public override ImmutableHashSet<T> Read(ObjectReader reader)
    {
        var comparer = Comparers<T>.ReadEquality(reader, out _);
        return ImmutableHashSet.Create(comparer, ReadElements(reader));
    }
}

internal sealed class ImmutableSortedSetFormatter<T> : ImmutableFormatter<ImmutableSortedSet<T>, T>
{
    public override void Write(ObjectWriter writer, ImmutableSortedSet<T> value)
    {
        Comparers<T>.Write(writer, value.KeyComparer);
        WriteElements(writer, value);
    }

    public override ImmutableSortedSet<T> Read(ObjectReader reader)
    {
        var comparer = Comparers<T>.ReadOrder(reader, out _);
        return ImmutableSortedSet.Create(comparer, ReadElements(reader));
    }
}

internal sealed class ImmutableDictionaryFormatter<TKey, TValue> : ImmutableFormatter<ImmutableDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>> where TKey : notnull
{
    public override void Write(ObjectWriter writer, ImmutableDictionary<TKey, TValue> value)
    {
        Comparers<TKey>.Write(writer, value.KeyComparer);
        Comparers<TValue>.Write(writer, value.ValueComparer);
        WriteElements(writer, value);
    }

    public override ImmutableDictionary<TKey, TValue> Read(ObjectReader reader)
    {
        var keys = Comparers<TKey>.ReadEquality(reader, out _);
        var values = Comparers<TValue>.ReadEquality(reader, out _);
        return ImmutableDictionary.CreateRange(keys, values, ReadElements(reader));
    }
}

internal sealed class ImmutableSortedDictionaryFormatter<TKey, TValue> : ImmutableFormatter<ImmutableSortedDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>> where TKey : notnull
{
    public override void Write(ObjectWriter writer, ImmutableSortedDictionary<TKey, TValue> value)
    {
        Comparers<TKey>.Write(writer, value.KeyComparer);
        Comparers<TValue>.Write(writer, value.ValueComparer);
        WriteElements(writer, value);
    }

    public override ImmutableSortedDictionary<TKey, TValue> Read(ObjectReader reader)
    {
        var keys = Comparers<TKey>.ReadOrder(reader, out _);
        var values = Comparers<TValue>.ReadEquality(reader, out _);
        return ImmutableSortedDictionary.CreateRange(keys, values, ReadElements(reader));
    }
}
