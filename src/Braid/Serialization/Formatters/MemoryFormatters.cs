using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>Only the slice travels. A large one of raw elements is read in place, from the mapping.</summary>
internal sealed class ReadOnlyMemoryFormatter<T> : Formatter<ReadOnlyMemory<T>>
{
    internal override bool NeedsParts => false;

    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    public override void Write(ObjectWriter writer, ReadOnlyMemory<T> value)
    {
        Runs<T>.Write(writer, value.Span);
        // A span does not keep the mapping that it may lie in.
        if (MemoryMarshal.TryGetMemoryManager<T, MemoryManager<T>>(value, out var manager))
            GC.KeepAlive(manager);
    }

    public override ReadOnlyMemory<T> Read(ObjectReader reader) => Raw<T>.IsRaw ? RawRun<T>.ReadMemory(reader) : Runs<T>.Read(reader);

    internal override void Scan(GraphVisitor visitor, ReadOnlyMemory<T> value) => Elements<T>.Scan(visitor, value.Span);
}

/// <summary>Only the slice travels, into an array of its own.</summary>
internal sealed class MemoryFormatter<T> : Formatter<Memory<T>>
{
    internal override bool NeedsParts => false;

    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    public override void Write(ObjectWriter writer, Memory<T> value) => Runs<T>.Write(writer, value.Span);

    public override Memory<T> Read(ObjectReader reader) => Runs<T>.Read(reader);

    internal override void Scan(GraphVisitor visitor, Memory<T> value) => Elements<T>.Scan(visitor, value.Span);
}

/// <summary>Only the slice travels, into an array of its own.</summary>
internal sealed class ArraySegmentFormatter<T> : Formatter<ArraySegment<T>>
{
    internal override bool NeedsParts => false;

    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    public override void Write(ObjectWriter writer, ArraySegment<T> value)
    {
        writer.WriteBoolean(value.Array is not null);
        Runs<T>.Write(writer, value);
    }

    public override ArraySegment<T> Read(ObjectReader reader)
    {
        var some = reader.ReadBoolean();
        var elements = Runs<T>.Read(reader);
        return some ? new ArraySegment<T>(elements) : default;
    }

    internal override void Scan(GraphVisitor visitor, ArraySegment<T> value) => Elements<T>.Scan(visitor, value);
}

/// <summary>The elements; a default one stays default.</summary>
internal sealed class ImmutableArrayFormatter<T> : Formatter<ImmutableArray<T>>
{
    internal override bool NeedsParts => false;

    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    public override void Write(ObjectWriter writer, ImmutableArray<T> value)
    {
        writer.WriteBoolean(!value.IsDefault);
        if (!value.IsDefault)
            Runs<T>.Write(writer, value.AsSpan());
    }

    public override ImmutableArray<T> Read(ObjectReader reader) =>
        reader.ReadBoolean() ? ImmutableCollectionsMarshal.AsImmutableArray(Runs<T>.Read(reader)) : default;

    internal override void Scan(GraphVisitor visitor, ImmutableArray<T> value)
    {
        if (!value.IsDefault)
            Elements<T>.Scan(visitor, value.AsSpan());
    }
}

/// <summary>A counted run of elements, raw where the type allows.</summary>
internal static class Runs<T>
{
    public static void Write(ObjectWriter writer, ReadOnlySpan<T> elements)
    {
        if (Raw<T>.IsRaw)
        {
            RawRun<T>.Write(writer, elements);
            return;
        }

        writer.WriteVarUInt64((ulong)elements.Length);
        Elements<T>.Write(writer, elements);
    }

    public static T[] Read(ObjectReader reader) =>
        Raw<T>.IsRaw ? RawRun<T>.ReadArray(reader) : Elements<T>.Read(reader, reader.ReadCount());
}
