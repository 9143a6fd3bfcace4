using System.Runtime.InteropServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>The elements, not the capacity.</summary>
internal sealed class ListFormatter<T> : InstanceFormatter<List<T>>
{
    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    protected override void WriteHead(ObjectWriter writer, List<T> value)
    {
    }

    protected override void WriteBody(ObjectWriter writer, List<T> value) => Runs<T>.Write(writer, CollectionsMarshal.AsSpan(value));

    protected override List<T> CreateInstance(ObjectReader reader) => [];

    protected override void Fill(ObjectReader reader, List<T> instance)
    {
        if (Raw<T>.IsRaw)
        {
            RawRun<T>.ReadList(reader, instance);
            return;
        }

        CollectionsMarshal.SetCount(instance, reader.ReadCount());
        Elements<T>.Read(reader, CollectionsMarshal.AsSpan(instance));
    }

    internal override void Scan(GraphVisitor visitor, List<T> value) => Elements<T>.Scan(visitor, CollectionsMarshal.AsSpan(value));
}
