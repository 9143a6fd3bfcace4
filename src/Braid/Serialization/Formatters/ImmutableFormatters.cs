using System.Collections.Frozen;
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
        var comparer = Comparers<T>.ReadEquality(reader);
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
        var comparer = Comparers<T>.ReadOrder(reader);
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
        var keys = Comparers<TKey>.ReadEquality(reader);
        var values = Comparers<TValue>.ReadEquality(reader);
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
        var keys = Comparers<TKey>.ReadOrder(reader);
        var values = Comparers<TValue>.ReadEquality(reader);
        return ImmutableSortedDictionary.CreateRange(keys, values, ReadElements(reader));
    }
}

internal sealed class FrozenSetFormatter<T> : ImmutableFormatter<FrozenSet<T>, T>
{
    internal override Type WireType => typeof(FrozenSet<T>);

    public override void Write(ObjectWriter writer, FrozenSet<T> value)
    {
        Comparers<T>.Write(writer, value.Comparer);
        WriteElements(writer, value);
    }

    public override FrozenSet<T> Read(ObjectReader reader)
    {
        var comparer = Comparers<T>.ReadEquality(reader);
        return ReadElements(reader).ToFrozenSet(comparer);
    }
}

internal sealed class FrozenDictionaryFormatter<TKey, TValue> : ImmutableFormatter<FrozenDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>> where TKey : notnull
{
    internal override Type WireType => typeof(FrozenDictionary<TKey, TValue>);

    public override void Write(ObjectWriter writer, FrozenDictionary<TKey, TValue> value)
    {
        Comparers<TKey>.Write(writer, value.Comparer);
        WriteElements(writer, value);
    }

    public override FrozenDictionary<TKey, TValue> Read(ObjectReader reader)
    {
        var comparer = Comparers<TKey>.ReadEquality(reader);
        return ReadElements(reader).ToFrozenDictionary(comparer);
    }
}
