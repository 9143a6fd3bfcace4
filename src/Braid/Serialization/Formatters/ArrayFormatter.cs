using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>Arrays with one dimension. Raw elements are all head: nothing in them can refer back.</summary>
internal sealed class ArrayFormatter<T> : InstanceFormatter<T[]>
{
    internal override bool IsLeaf => Raw<T>.IsRaw || !GraphVisitor.CanHold(typeof(T));

    protected override void WriteHead(ObjectWriter writer, T[] value)
    {
        if (Raw<T>.IsRaw)
            RawRun<T>.Write(writer, value);
        else
            writer.WriteVarUInt64((ulong)value.Length);
    }

    protected override void WriteBody(ObjectWriter writer, T[] value)
    {
        if (!Raw<T>.IsRaw)
            Elements<T>.Write(writer, value);
    }

    protected override T[] CreateInstance(ObjectReader reader) => Raw<T>.IsRaw ? RawRun<T>.ReadArray(reader) : new T[reader.ReadCount()];

    protected override void Fill(ObjectReader reader, T[] instance)
    {
        if (!Raw<T>.IsRaw)
            Elements<T>.Read(reader, instance);
    }

    internal override void Scan(GraphVisitor visitor, T[] value)
    {
        if (!IsLeaf)
            Elements<T>.Scan(visitor, value);
    }
}
