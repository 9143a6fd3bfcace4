using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>A collection whose elements are written in an order in which adding them again gives an equal collection.</summary>
internal abstract class SequenceFormatter<TCollection, T> : InstanceFormatter<TCollection> where TCollection : class
{
    internal sealed override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    /// <summary>A copy: concurrent collections may change while their elements are written.</summary>
    protected abstract T[] ToArray(TCollection value);

    protected abstract void Add(TCollection collection, T element);

    /// <summary>Whether adding looks into the elements (hashes or compares them), so that they must be whole.</summary>
    protected virtual bool AddLooks(TCollection collection) => false;

    protected override void WriteHead(ObjectWriter writer, TCollection value)
    {
    }

    protected sealed override void WriteBody(ObjectWriter writer, TCollection value)
    {
        var elements = ToArray(value);
        writer.WriteVarUInt64((ulong)elements.Length);
        Elements<T>.Write(writer, elements);
    }

    protected sealed override void Fill(ObjectReader reader, TCollection instance)
    {
        var elements = Elements<T>.Read(reader, reader.ReadCount());
        if (AddLooks(instance))
            reader.WhenComplete(() => AddAll(instance, elements));
        else
            AddAll(instance, elements);
    }

    internal sealed override void Scan(GraphVisitor visitor, TCollection value)
    {
        if (!IsLeaf)
            Elements<T>.Scan(visitor, ToArray(value));
    }

    protected static T[] Reversed(T[] elements)
    {
        Array.Reverse(elements);
        return elements;
    }

    private void AddAll(TCollection instance, T[] elements)
    {
        foreach (var element in elements)
            Add(instance, element);
    }
}
