using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>A byte, then the value if there is one.</summary>
internal sealed class NullableFormatter<T> : Formatter<T?> where T : struct
{
    internal override bool NeedsParts => false;

    internal override bool IsLeaf => FormatterOf<T>.Instance.IsLeaf;

    public override void Write(ObjectWriter writer, T? value)
    {
        writer.WriteBoolean(value.HasValue);
        if (value.HasValue)
            FormatterOf<T>.Instance.Write(writer, value.GetValueOrDefault());
    }

    public override T? Read(ObjectReader reader) => reader.ReadBoolean() ? FormatterOf<T>.Instance.Read(reader) : null;

    internal override void Scan(GraphVisitor visitor, T? value)
    {
        if (value.HasValue)
            visitor.Visit(value.GetValueOrDefault());
    }
}
