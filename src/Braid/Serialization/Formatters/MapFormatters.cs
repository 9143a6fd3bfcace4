using System.Collections.Concurrent;

namespace Braid.Serialization.Formatters;

internal sealed class DictionaryFormatter<TKey, TValue> : MapFormatter<Dictionary<TKey, TValue>, TKey, TValue> where TKey : notnull
{
    protected override void WriteHead(ObjectWriter writer, Dictionary<TKey, TValue> value) => Comparers<TKey>.Write(writer, value.Comparer);

    protected override Dictionary<TKey, TValue> CreateInstance(ObjectReader reader) => new(Comparers<TKey>.ReadEquality(reader));

    protected override void Add(Dictionary<TKey, TValue> map, TKey key, TValue value) => map.Add(key, value);

    protected override bool AddsAtOnce(Dictionary<TKey, TValue> map) => Elements<TKey>.AreWhole && Comparers<TKey>.IsKnown(map.Comparer);
}

internal sealed class OrderedDictionaryFormatter<TKey, TValue> : MapFormatter<OrderedDictionary<TKey, TValue>, TKey, TValue> where TKey : notnull
{
    protected override void WriteHead(ObjectWriter writer, OrderedDictionary<TKey, TValue> value) => Comparers<TKey>.Write(writer, value.Comparer);

    protected override OrderedDictionary<TKey, TValue> CreateInstance(ObjectReader reader) => new(Comparers<TKey>.ReadEquality(reader));

    protected override void Add(OrderedDictionary<TKey, TValue> map, TKey key, TValue value) => map.Add(key, value);

    protected override bool AddsAtOnce(OrderedDictionary<TKey, TValue> map) => Elements<TKey>.AreWhole && Comparers<TKey>.IsKnown(map.Comparer);
}

internal sealed class ConcurrentDictionaryFormatter<TKey, TValue> : MapFormatter<ConcurrentDictionary<TKey, TValue>, TKey, TValue> where TKey : notnull
{
    protected override void WriteHead(ObjectWriter writer, ConcurrentDictionary<TKey, TValue> value) => Comparers<TKey>.Write(writer, value.Comparer);

    protected override ConcurrentDictionary<TKey, TValue> CreateInstance(ObjectReader reader) => new(Comparers<TKey>.ReadEquality(reader));

    protected override void Add(ConcurrentDictionary<TKey, TValue> map, TKey key, TValue value)
    {
        if (!map.TryAdd(key, value))
            throw new ArgumentException("A key is there twice.");
    }

    protected override bool AddsAtOnce(ConcurrentDictionary<TKey, TValue> map) => Elements<TKey>.AreWhole && Comparers<TKey>.IsKnown(map.Comparer);
}

internal sealed class SortedDictionaryFormatter<TKey, TValue> : MapFormatter<SortedDictionary<TKey, TValue>, TKey, TValue> where TKey : notnull
{
    protected override void WriteHead(ObjectWriter writer, SortedDictionary<TKey, TValue> value) => Comparers<TKey>.Write(writer, value.Comparer);

    protected override SortedDictionary<TKey, TValue> CreateInstance(ObjectReader reader) => new(Comparers<TKey>.ReadOrder(reader));

    protected override void Add(SortedDictionary<TKey, TValue> map, TKey key, TValue value) => map.Add(key, value);

    protected override bool AddsAtOnce(SortedDictionary<TKey, TValue> map) => false;
}

internal sealed class SortedListFormatter<TKey, TValue> : MapFormatter<SortedList<TKey, TValue>, TKey, TValue> where TKey : notnull
{
    protected override void WriteHead(ObjectWriter writer, SortedList<TKey, TValue> value) => Comparers<TKey>.Write(writer, value.Comparer);

    protected override SortedList<TKey, TValue> CreateInstance(ObjectReader reader) => new(Comparers<TKey>.ReadOrder(reader));

    // Keys come in order, so each is appended; hostile ones out of order would make this quadratic, and no honest writer sends them.
    protected override void Add(SortedList<TKey, TValue> map, TKey key, TValue value)
    {
        map.Add(key, value);
        if (map.IndexOfKey(key) != map.Count - 1)
            throw new ArgumentException("Keys are not in the order of the comparer.");
    }

    protected override bool AddsAtOnce(SortedList<TKey, TValue> map) => false;
}
