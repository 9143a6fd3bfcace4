using System.Collections;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Braid.Serialization.Formatters;

/// <summary>The formatters of the types that everybody uses. What a constructor would refuse, reading refuses.</summary>
internal static class BuiltIn
{
    // Longer than any exact double or key, short enough that parsing costs nothing.
    private const int MaxHostChars = 1024;

    /// <summary>Numbers, text and dates; null for others. Each is made by a method of its own, so that asking for one type loads no other.</summary>
    public static Formatter? Simple(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => Boolean(),
        TypeCode.Char => Char(),
        TypeCode.SByte => SByte(),
        TypeCode.Byte => Byte(),
        TypeCode.Int16 => Int16(),
        TypeCode.UInt16 => UInt16(),
        TypeCode.Int32 => new Int32Formatter(),
        TypeCode.UInt32 => UInt32(),
        TypeCode.Int64 => Int64(),
        TypeCode.UInt64 => UInt64(),
        TypeCode.Single => Single(),
        TypeCode.Double => Double(),
        TypeCode.Decimal => Decimal(),
        TypeCode.DateTime => DateAndTime(),
        TypeCode.String => StringFormatter.Instance,
        TypeCode.DBNull => Null(),
        _ => null,
    };

    /// <summary>Classes and structs of the framework, by their namespaces, so that a question about one assembly does not load another.</summary>
    public static Formatter? Framework(Type type) => type.Namespace switch
    {
        "System" => OfSystem(type),
        "System.Numerics" => OfNumerics(type),
        "System.Text" => OfText(type),
        "System.Text.RegularExpressions" => OfRegularExpressions(type),
        "System.Net" => OfNet(type),
        "System.Collections" => OfCollections(type),
        "System.Threading" => OfThreading(type),
        _ => null,
    };

    private static Leaf<bool> Boolean() => new(static (w, v) => w.WriteBoolean(v), static r => r.ReadBoolean());

    private static Leaf<char> Char() => new(static (w, v) => w.WriteChar(v), static r => r.ReadChar());

    private static Leaf<sbyte> SByte() => new(static (w, v) => w.WriteSByte(v), static r => r.ReadSByte());

    private static Leaf<byte> Byte() => new(static (w, v) => w.WriteByte(v), static r => r.ReadByte());

    private static Leaf<short> Int16() => new(static (w, v) => w.WriteInt16(v), static r => r.ReadInt16());

    private static Leaf<ushort> UInt16() => new(static (w, v) => w.WriteUInt16(v), static r => r.ReadUInt16());

    private static Leaf<uint> UInt32() => new(static (w, v) => w.WriteVarUInt32(v), static r => r.ReadVarUInt32());

    private static Leaf<long> Int64() => new(static (w, v) => w.WriteVarInt64(v), static r => r.ReadVarInt64());

    private static Leaf<ulong> UInt64() => new(static (w, v) => w.WriteVarUInt64(v), static r => r.ReadVarUInt64());

    private static Leaf<float> Single() => new(static (w, v) => w.WriteSingle(v), static r => r.ReadSingle());

    private static Leaf<double> Double() => new(static (w, v) => w.WriteDouble(v), static r => r.ReadDouble());

    private static Leaf<decimal> Decimal() => new(WriteDecimal, ReadDecimal);

    private static Leaf<DateTime> DateAndTime() => new(static (w, v) => w.WriteInt64(v.ToBinary()), static r => DateTime.FromBinary(r.ReadInt64()));

    private static Leaf<DBNull> Null() => new(static (_, _) => { }, static _ => DBNull.Value);

    private static Formatter? OfSystem(Type type) =>
        type == typeof(Guid) ? new RawFormatter<Guid>()
        : type == typeof(TimeSpan) ? new RawFormatter<TimeSpan>()
        : type == typeof(Half) ? new RawFormatter<Half>()
        : type == typeof(Int128) ? new RawFormatter<Int128>()
        : type == typeof(UInt128) ? new RawFormatter<UInt128>()
        : type == typeof(DateTimeOffset) ? new Leaf<DateTimeOffset>(WriteDateTimeOffset, ReadDateTimeOffset)
        : type == typeof(DateOnly) ? new Leaf<DateOnly>(static (w, v) => w.WriteInt32(v.DayNumber), static r => DateOnly.FromDayNumber(r.ReadInt32()))
        : type == typeof(TimeOnly) ? new Leaf<TimeOnly>(static (w, v) => w.WriteInt64(v.Ticks), static r => new TimeOnly(r.ReadInt64()))
        : type == typeof(Index) ? new Leaf<Index>(WriteIndex, ReadIndex)
        : type == typeof(Range) ? new Leaf<Range>(WriteRange, static r => new Range(ReadIndex(r), ReadIndex(r)))
        : type == typeof(Uri) ? new Leaf<Uri>(WriteUri, ReadUri)
        : type == typeof(Version) ? new Leaf<Version>(WriteVersion, ReadVersion)
        : null;

    private static Formatter? OfNumerics(Type type) =>
        type == typeof(Complex) ? new RawFormatter<Complex>()
        : type == typeof(BigInteger) ? new Leaf<BigInteger>(static (w, v) => w.WriteBytes(v.ToByteArray()), static r => new BigInteger(r.ReadBlock()))
        : null;

    private static Formatter? OfText(Type type) =>
        type == typeof(Rune) ? new Leaf<Rune>(static (w, v) => w.WriteVarInt32(v.Value), static r => new Rune(r.ReadVarInt32()))
        : type == typeof(StringBuilder) ? new StringBuilderFormatter()
        : null;

    private static Leaf<Regex>? OfRegularExpressions(Type type) => type == typeof(Regex) ? new Leaf<Regex>(WriteRegex, ReadRegex) : null;

    private static Formatter? OfNet(Type type) =>
        type == typeof(IPAddress) ? new Leaf<IPAddress>(WriteAddress, ReadAddress)
        : type == typeof(IPEndPoint) ? new Leaf<IPEndPoint>(WriteEndPoint, static r => new IPEndPoint(ReadAddress(r), r.ReadUInt16()))
        : type == typeof(DnsEndPoint) ? new Leaf<DnsEndPoint>(WriteDns, static r => new DnsEndPoint(Text(r, MaxHostChars), r.ReadUInt16()))
        : null;

    private static BitArrayFormatter? OfCollections(Type type) => type == typeof(BitArray) ? new BitArrayFormatter() : null;

    private static CancellationTokenFormatter? OfThreading(Type type) => type == typeof(CancellationToken) ? new CancellationTokenFormatter() : null;

    internal static string Text(ObjectReader reader, int maxChars = int.MaxValue) =>
        reader.ReadString() is { } text && text.Length <= maxChars ? text : throw reader.Malformed("a text is missing or too long");

    private static void WriteDecimal(ObjectWriter writer, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        foreach (var part in bits)
            writer.WriteInt32(part);
    }

    private static decimal ReadDecimal(ObjectReader reader) =>
        new([reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()]);

    private static void WriteDateTimeOffset(ObjectWriter writer, DateTimeOffset value)
    {
        writer.WriteInt64(value.Ticks);
        writer.WriteInt16((short)value.TotalOffsetMinutes);
    }

    private static DateTimeOffset ReadDateTimeOffset(ObjectReader reader) => new(reader.ReadInt64(), TimeSpan.FromMinutes(reader.ReadInt16()));

    private static void WriteIndex(ObjectWriter writer, Index value) => writer.WriteVarInt32(value.IsFromEnd ? ~value.Value : value.Value);

    private static Index ReadIndex(ObjectReader reader)
    {
        var value = reader.ReadVarInt32();
        return value < 0 ? new Index(~value, fromEnd: true) : new Index(value);
    }

    private static void WriteRange(ObjectWriter writer, Range value)
    {
        WriteIndex(writer, value.Start);
        WriteIndex(writer, value.End);
    }

    private static void WriteUri(ObjectWriter writer, Uri value)
    {
        writer.WriteBoolean(value.IsAbsoluteUri);
        writer.WriteString(value.OriginalString);
    }

    private static Uri ReadUri(ObjectReader reader)
    {
        var kind = reader.ReadBoolean() ? UriKind.Absolute : UriKind.Relative;
        return new Uri(Text(reader), kind);
    }

    private static void WriteVersion(ObjectWriter writer, Version value)
    {
        writer.WriteVarInt32(value.Major);
        writer.WriteVarInt32(value.Minor);
        writer.WriteVarInt32(value.Build);
        writer.WriteVarInt32(value.Revision);
    }

    private static Version ReadVersion(ObjectReader reader)
    {
        var (major, minor, build, revision) = (reader.ReadVarInt32(), reader.ReadVarInt32(), reader.ReadVarInt32(), reader.ReadVarInt32());
        return (build, revision) switch
        {
            (-1, -1) => new Version(major, minor),
            (_, -1) => new Version(major, minor, build),
            _ => new Version(major, minor, build, revision),
        };
    }

    private static void WriteRegex(ObjectWriter writer, Regex value)
    {
        writer.WriteString(value.ToString());
        writer.WriteVarInt32((int)value.Options);
        writer.WriteInt64(value.MatchTimeout.Ticks);
    }

    private static Regex ReadRegex(ObjectReader reader) =>
        new(Text(reader), (RegexOptions)reader.ReadVarInt32(), TimeSpan.FromTicks(reader.ReadInt64()));

    private static void WriteAddress(ObjectWriter writer, IPAddress value)
    {
        writer.WriteBytes(value.GetAddressBytes());
        writer.WriteVarUInt64(value.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? (ulong)value.ScopeId : 0);
    }

    private static IPAddress ReadAddress(ObjectReader reader)
    {
        var bytes = reader.ReadBlock();
        var scope = (long)reader.ReadVarUInt64();
        return bytes.Length == 16 ? new IPAddress(bytes, scope) : new IPAddress(bytes);
    }

    private static void WriteEndPoint(ObjectWriter writer, IPEndPoint value)
    {
        WriteAddress(writer, value.Address);
        writer.WriteUInt16((ushort)value.Port);
    }

    private static void WriteDns(ObjectWriter writer, DnsEndPoint value)
    {
        writer.WriteString(value.Host);
        writer.WriteUInt16((ushort)value.Port);
    }
}
