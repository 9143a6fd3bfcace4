using System.Runtime.CompilerServices;
using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>A class by its fields. The instance comes without its constructor; the code for its fields is compiled on first use.</summary>
internal sealed class FieldsFormatter<T> : InstanceFormatter<T> where T : class
{
    private Shape? _shape;
    private FieldWriter<T>? _write;
    private FieldReader<T>? _read;
    private FieldScanner<T>? _scan;
    private LeafAnswer _leaf;

    private Shape Shape => _shape ??= Interlocked.CompareExchange(ref _shape, Shape.Of(typeof(T)), null) ?? _shape;

    internal override bool IsLeaf => _leaf.Get(() => Shape);

    protected override void WriteHead(ObjectWriter writer, T value)
    {
    }

    protected override void WriteBody(ObjectWriter writer, T value)
    {
        writer.BeginShape(Shape);
        (_write ??= FieldCompiler.Writer<T>(Shape.Fields))(writer, ref value);
    }

    protected override T CreateInstance(ObjectReader reader)
    {
        reader.Announce((ulong)Shape.Fields.Length, leastBytes: 1);
        return Unsafe.As<T>(RuntimeHelpers.GetUninitializedObject(typeof(T)));
    }

    protected override void Fill(ObjectReader reader, T instance)
    {
        reader.BeginShape(Shape);
        (_read ??= FieldCompiler.Reader<T>(Shape.Fields))(reader, ref instance);
    }

    internal override void Scan(GraphVisitor visitor, T value) => (_scan ??= FieldCompiler.Scanner<T>(Shape.Fields))(visitor, ref value);
}
