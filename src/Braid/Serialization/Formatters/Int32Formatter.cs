namespace Braid.Serialization.Formatters;

/// <summary>The commonest of all; a class of its own, so that the JIT can inline through <see cref="FormatterOf{T}"/>.</summary>
internal sealed class Int32Formatter : LeafFormatter<int>
{
    public override void Write(ObjectWriter writer, int value) => writer.WriteVarInt32(value);

    public override int Read(ObjectReader reader) => reader.ReadVarInt32();
}
