namespace Braid.Serialization.Formatters;

/// <summary>Strings have a header of their own, which knows null and sharing; see <see cref="StringTags"/>.</summary>
internal sealed class StringFormatter : LeafFormatter<string>
{
    public static readonly StringFormatter Instance = new();

    public override void Write(ObjectWriter writer, string value) => writer.WriteString(value);

    public override string Read(ObjectReader reader) => reader.ReadString() ?? throw reader.Malformed("null stands where a string was expected");
}
