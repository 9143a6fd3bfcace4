using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>The comparer, then keys and values in the order of the map. Keys are hashed or compared when everything is whole.</summary>
internal abstract class MapFormatter<TMap, TKey, TValue> : InstanceFormatter<TMap>
    where TMap : class, IEnumerable<KeyValuePair<TKey, TValue>>
{
    internal sealed override bool IsLeaf => !GraphVisitor.CanHold(typeof(TKey)) && !GraphVisitor.CanHold(typeof(TValue));

    protected abstract void Add(TMap map, TKey key, TValue value);

    protected abstract bool AddsAtOnce(TMap map);

    protected sealed override void WriteBody(ObjectWriter writer, TMap value)
    {
        KeyValuePair<TKey, TValue>[] pairs = [.. value];
        writer.WriteVarUInt64((ulong)pairs.Length);
        foreach (var (key, item) in pairs)
        {
            writer.WriteValue(key);
            writer.WriteValue(item);
        }
    }

    protected sealed override void Fill(ObjectReader reader, TMap instance)
    {
        var count = reader.ReadCount(2);
        if (AddsAtOnce(instance))
        {
            for (var i = 0; i < count; i++)
                Add(instance, reader.ReadValue<TKey>(), reader.ReadValue<TValue>());
            return;
        }

        var pairs = new KeyValuePair<TKey, TValue>[count];
        for (var i = 0; i < count; i++)
            pairs[i] = new(reader.ReadValue<TKey>(), reader.ReadValue<TValue>());
        reader.WhenComplete(() =>
        {
            foreach (var (key, item) in pairs)
                Add(instance, key, item);
        });
    }

    internal sealed override void Scan(GraphVisitor visitor, TMap value)
    {
        if (IsLeaf)
            return;
        foreach (var (key, item) in value)
        {
            visitor.Visit(key);
            visitor.Visit(item);
        }
    }
}
