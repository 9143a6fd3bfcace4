using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>A struct by its fields; one without fields takes a byte, so that no count of them is free.</summary>
internal sealed class StructFormatter<T> : Formatter<T> where T : struct
{
    private Shape? _shape;
    private FieldWriter<T>? _write;
    private FieldReader<T>? _read;
    private FieldScanner<T>? _scan;
    private LeafAnswer _leaf;

    private Shape Shape => _shape ??= Interlocked.CompareExchange(ref _shape, Shape.Of(typeof(T)), null) ?? _shape;

    internal override bool Tracked => false;

    internal override bool NeedsParts => false;

    internal override bool IsLeaf => _leaf.Get(() => Shape);

    public override void Write(ObjectWriter writer, T value)
    {
        writer.BeginShape(Shape);
        if (Raw<T>.IsExact)
            Raw<T>.Write(writer, value);
        else
            (_write ??= FieldCompiler.Writer<T>(Shape.Fields))(writer, ref value);
        if (Shape.Fields.Length == 0)
            writer.WriteByte(0);
    }

    public override T Read(ObjectReader reader)
    {
        reader.BeginShape(Shape);
        T value = default;
        if (Raw<T>.IsExact)
            value = Raw<T>.Read(reader);
        else
            (_read ??= FieldCompiler.Reader<T>(Shape.Fields))(reader, ref value);
        if (Shape.Fields.Length == 0)
            reader.ReadByte();
        return value;
    }

    internal override void Scan(GraphVisitor visitor, T value)
    {
        if (!IsLeaf)
            (_scan ??= FieldCompiler.Scanner<T>(Shape.Fields))(visitor, ref value);
    }
}

/// <summary>A struct that the compiler or the runtime repeats, element by element.</summary>
internal sealed class InlineArrayFormatter<T, TElement> : Formatter<T> where T : struct
{
    private static readonly int Length =
        ((System.Runtime.CompilerServices.InlineArrayAttribute)typeof(T).GetCustomAttributes(typeof(System.Runtime.CompilerServices.InlineArrayAttribute), false)[0]).Length;

    internal override bool Tracked => false;

    internal override bool NeedsParts => false;

    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(TElement));

    public override void Write(ObjectWriter writer, T value) => Elements<TElement>.Write(writer, Span(ref value));

    public override T Read(ObjectReader reader)
    {
        T value = default;
        Elements<TElement>.Read(reader, Span(ref value));
        return value;
    }

    internal override void Scan(GraphVisitor visitor, T value) => Elements<TElement>.Scan(visitor, Span(ref value));

    private static Span<TElement> Span(ref T value) =>
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref System.Runtime.CompilerServices.Unsafe.As<T, TElement>(ref value), Length);
}
