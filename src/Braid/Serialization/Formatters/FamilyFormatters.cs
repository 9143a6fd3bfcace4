using System.Globalization;
using System.Text;

namespace Braid.Serialization.Formatters;

/// <summary>A type, as it is named everywhere in a payload.</summary>
internal sealed class TypeFormatter : LeafFormatter<Type>
{
    internal override Type WireType => typeof(Type);

    public override void Write(ObjectWriter writer, Type value)
    {
        if (value.IsGenericParameter || value.IsPointer || value.IsByRef)
            throw new SerializationException(value, typeof(Type), $"{value} has no name of its own.");
        writer.WriteType(value);
    }

    public override Type Read(ObjectReader reader) => reader.ReadType();
}

/// <summary>A culture by its name; changes made to a copy stay behind.</summary>
internal sealed class CultureFormatter : LeafFormatter<CultureInfo>
{
    public override void Write(ObjectWriter writer, CultureInfo value) => writer.WriteString(value.Name);

    public override CultureInfo Read(ObjectReader reader) => Find(reader);

    /// <summary>Only cultures that exist: the runtime keeps every name that it has once accepted.</summary>
    public static CultureInfo Find(ObjectReader reader)
    {
        var name = BuiltIn.Text(reader, maxChars: 100);
        return name.Length == 0 ? CultureInfo.InvariantCulture : CultureInfo.GetCultureInfo(name, predefinedOnly: true);
    }
}

/// <summary>The comparers of <see cref="StringComparer"/> where a field holds one.</summary>
internal sealed class StringComparerFormatter : LeafFormatter<StringComparer>
{
    internal override Type WireType => typeof(StringComparer);

    public override void Write(ObjectWriter writer, StringComparer value) => StringComparers.Write(writer, value, firstCode: 0);

    public override StringComparer Read(ObjectReader reader) => StringComparers.Read(reader, reader.ReadByte());
}

/// <summary>An encoding by its code page, whether it writes a byte order mark, and whether it throws where others replace.</summary>
internal sealed class EncodingFormatter : LeafFormatter<Encoding>
{
    private const int Utf16CodePage = 1200;
    private const int Utf16BigEndianCodePage = 1201;
    private const int Utf32CodePage = 12000;
    private const int Utf32BigEndianCodePage = 12001;
    private const int Utf8CodePage = 65001;

    internal override Type WireType => typeof(Encoding);

    public override void Write(ObjectWriter writer, Encoding value)
    {
        writer.WriteVarInt32(value.CodePage);
        writer.WriteBoolean(value.Preamble.Length > 0);
        writer.WriteBoolean(value.DecoderFallback is DecoderExceptionFallback);
    }

    public override Encoding Read(ObjectReader reader)
    {
        var codePage = reader.ReadVarInt32();
        var marked = reader.ReadBoolean();
        var throws = reader.ReadBoolean();
        return codePage switch
        {
            Utf8CodePage => new UTF8Encoding(marked, throws),
            Utf16CodePage or Utf16BigEndianCodePage => new UnicodeEncoding(codePage == Utf16BigEndianCodePage, marked, throws),
            Utf32CodePage or Utf32BigEndianCodePage => new UTF32Encoding(codePage == Utf32BigEndianCodePage, marked, throws),
            _ when throws => Encoding.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
            _ => Encoding.GetEncoding(codePage),
        };
    }
}

/// <summary><see cref="EqualityComparer{T}.Default"/>, whatever class the runtime gives it.</summary>
internal sealed class DefaultEqualityFormatter<T> : LeafFormatter<EqualityComparer<T>>
{
    internal override Type WireType => typeof(EqualityComparer<T>);

    public override void Write(ObjectWriter writer, EqualityComparer<T> value)
    {
        if (!ReferenceEquals(value, EqualityComparer<T>.Default))
            throw new SerializationException(value, value.GetType(), "only the default comparer of the .NET libraries is known elsewhere. Use a comparer class of your own.");
    }

    public override EqualityComparer<T> Read(ObjectReader reader) => EqualityComparer<T>.Default;
}

/// <summary><see cref="Comparer{T}.Default"/>, whatever class the runtime gives it.</summary>
internal sealed class DefaultOrderFormatter<T> : LeafFormatter<Comparer<T>>
{
    internal override Type WireType => typeof(Comparer<T>);

    public override void Write(ObjectWriter writer, Comparer<T> value)
    {
        if (!ReferenceEquals(value, Comparer<T>.Default))
            throw new SerializationException(value, value.GetType(), "only the default comparer of the .NET libraries is known elsewhere. Use a comparer class of your own.");
    }

    public override Comparer<T> Read(ObjectReader reader) => Comparer<T>.Default;
}
