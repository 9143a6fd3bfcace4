using System.Collections;
using System.Text;

namespace Braid.Serialization.Formatters;

/// <summary>The text, not the capacity.</summary>
internal sealed class StringBuilderFormatter : Formatter<StringBuilder>
{
    internal override bool IsLeaf => true;

    public override void Write(ObjectWriter writer, StringBuilder value) => writer.WriteString(value.ToString());

    public override StringBuilder Read(ObjectReader reader) => new(BuiltIn.Text(reader));
}

/// <summary>The length, then the bits, low ones first.</summary>
internal sealed class BitArrayFormatter : Formatter<BitArray>
{
    internal override bool IsLeaf => true;

    public override void Write(ObjectWriter writer, BitArray value)
    {
        var bytes = new byte[(value.Length + 7) / 8];
        value.CopyTo(bytes, 0);
        writer.WriteVarUInt64((ulong)value.Length);
        writer.WriteRaw(bytes);
    }

    public override BitArray Read(ObjectReader reader)
    {
        var bits = reader.ReadVarUInt64();
        if (bits > int.MaxValue)
            throw reader.Malformed($"an array of {bits} bits");
        return new BitArray(reader.ReadRaw((int)((bits + 7) / 8)).ToArray()) { Length = (int)bits };
    }
}
