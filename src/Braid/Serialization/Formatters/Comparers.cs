using System.Globalization;

namespace Braid.Serialization.Formatters;

/// <summary>
/// Comparers of collections: the known ones by a code, others by value. Hash codes of strings differ between processes, so a collection is
/// rebuilt with its comparer, never copied with its buckets.
/// </summary>
internal static class Comparers<T>
{
    private const byte Default = 0;
    private const byte ByValue = 1;
    private const byte Ordinal = 2;
    private const byte OrdinalIgnoreCase = 3;
    private const byte Culture = 4;
    private const byte Reference = 5;

    public static void Write(ObjectWriter writer, IEqualityComparer<T>? comparer) =>
        Write(writer, comparer, isDefault: comparer is null || ReferenceEquals(comparer, EqualityComparer<T>.Default));

    public static void Write(ObjectWriter writer, IComparer<T>? comparer) =>
        Write(writer, comparer, isDefault: comparer is null || ReferenceEquals(comparer, Comparer<T>.Default));

    /// <summary>Whether a comparer can be used at once; one that was sent by value may not be whole before everything has been read.</summary>
    public static bool IsKnown(IEqualityComparer<T> comparer) =>
        ReferenceEquals(comparer, EqualityComparer<T>.Default) || comparer is StringComparer or ReferenceEqualityComparer;

    /// <summary>Null stands for the default.</summary>
    public static IEqualityComparer<T>? ReadEquality(ObjectReader reader) => (IEqualityComparer<T>?)Read(reader, typeof(IEqualityComparer<T>));

    /// <inheritdoc cref="ReadEquality"/>
    public static IComparer<T>? ReadOrder(ObjectReader reader) => (IComparer<T>?)Read(reader, typeof(IComparer<T>));

    private static void Write(ObjectWriter writer, object? comparer, bool isDefault)
    {
        if (isDefault)
        {
            writer.WriteByte(Default);
        }
        else if (ReferenceEquals(comparer, ReferenceEqualityComparer.Instance))
        {
            writer.WriteByte(Reference);
        }
        else if (comparer is StringComparer strings && StringComparers.IsKnown(strings))
        {
            StringComparers.Write(writer, strings, Ordinal);
        }
        else
        {
            writer.WriteByte(ByValue);
            writer.WriteReference(comparer, FormatterOf<object>.Instance);
        }
    }

    private static object? Read(ObjectReader reader, Type expected)
    {
        var code = reader.ReadByte();
        var comparer = code switch
        {
            Default => null,
            Ordinal or OrdinalIgnoreCase or Culture => StringComparers.Read(reader, code - Ordinal),
            Reference => ReferenceEqualityComparer.Instance,
            ByValue => reader.ReadReference(FormatterOf<object>.Instance) ?? throw reader.Malformed("a comparer is missing"),
            _ => throw reader.Malformed($"comparer {code} is unknown"),
        };
        if (comparer is not null && !expected.IsInstanceOfType(comparer))
            throw reader.Malformed($"a {TypeNames.Of(comparer.GetType())} stands where a comparer {TypeNames.Of(expected)} was expected");
        return comparer;
    }
}

/// <summary>The comparers of <see cref="StringComparer"/>: ordinal ones, and those of a culture by its name.</summary>
internal static class StringComparers
{
    public static bool IsKnown(StringComparer comparer) =>
        StringComparer.IsWellKnownOrdinalComparer(comparer, out _) || StringComparer.IsWellKnownCultureAwareComparer(comparer, out _, out _);

    /// <summary>A byte: <paramref name="firstCode"/> ordinal, then ordinal without case, then of a culture, whose name and options follow.</summary>
    public static void Write(ObjectWriter writer, StringComparer comparer, byte firstCode)
    {
        if (StringComparer.IsWellKnownOrdinalComparer(comparer, out var ignoreCase))
        {
            writer.WriteByte((byte)(firstCode + (ignoreCase ? 1 : 0)));
            return;
        }

        if (!StringComparer.IsWellKnownCultureAwareComparer(comparer, out var culture, out var options))
            throw new SerializationException(comparer, comparer.GetType(), "it is none of the comparers of StringComparer. Use one of those, or a class of your own.");
        writer.WriteByte((byte)(firstCode + 2));
        writer.WriteString(culture.Name);
        writer.WriteVarInt32((int)options);
    }

    public static StringComparer Read(ObjectReader reader, int code) => code switch
    {
        0 => StringComparer.Ordinal,
        1 => StringComparer.OrdinalIgnoreCase,
        2 => StringComparer.Create(CultureFormatter.Find(reader), (CompareOptions)reader.ReadVarInt32()),
        _ => throw reader.Malformed($"string comparer {code} is unknown"),
    };
}
