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

    private static Dictionary<Type, Func<Formatter>>? _others;

    public static Formatter? Create(Type type)
    {
        if (type.IsEnum)
            return FormatterRegistry.Construct(typeof(EnumFormatter<>), type);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => new Leaf<bool>(static (w, v) => w.WriteBoolean(v), static r => r.ReadBoolean()),
            TypeCode.Char => new Leaf<char>(static (w, v) => w.WriteChar(v), static r => r.ReadChar()),
            TypeCode.SByte => new Leaf<sbyte>(static (w, v) => w.WriteSByte(v), static r => r.ReadSByte()),
            TypeCode.Byte => new Leaf<byte>(static (w, v) => w.WriteByte(v), static r => r.ReadByte()),
            TypeCode.Int16 => new Leaf<short>(static (w, v) => w.WriteInt16(v), static r => r.ReadInt16()),
            TypeCode.UInt16 => new Leaf<ushort>(static (w, v) => w.WriteUInt16(v), static r => r.ReadUInt16()),
            TypeCode.Int32 => new Int32Formatter(),
            TypeCode.UInt32 => new Leaf<uint>(static (w, v) => w.WriteVarUInt32(v), static r => r.ReadVarUInt32()),
            TypeCode.Int64 => new Leaf<long>(static (w, v) => w.WriteVarInt64(v), static r => r.ReadVarInt64()),
            TypeCode.UInt64 => new Leaf<ulong>(static (w, v) => w.WriteVarUInt64(v), static r => r.ReadVarUInt64()),
            TypeCode.Single => new Leaf<float>(static (w, v) => w.WriteSingle(v), static r => r.ReadSingle()),
            TypeCode.Double => new Leaf<double>(static (w, v) => w.WriteDouble(v), static r => r.ReadDouble()),
            TypeCode.Decimal => new Leaf<decimal>(WriteDecimal, ReadDecimal),
            TypeCode.DateTime => new Leaf<DateTime>(static (w, v) => w.WriteInt64(v.ToBinary()), static r => DateTime.FromBinary(r.ReadInt64())),
            TypeCode.String => StringFormatter.Instance,
            _ => (_others ??= Others()).TryGetValue(type, out var create) ? create() : null,
        };
    }

    private static Dictionary<Type, Func<Formatter>> Others() => new()
    {
        [typeof(Guid)] = static () => new RawFormatter<Guid>(),
        [typeof(TimeSpan)] = static () => new RawFormatter<TimeSpan>(),
        [typeof(Half)] = static () => new RawFormatter<Half>(),
        [typeof(Int128)] = static () => new RawFormatter<Int128>(),
        [typeof(UInt128)] = static () => new RawFormatter<UInt128>(),
        [typeof(Complex)] = static () => new RawFormatter<Complex>(),
        [typeof(DateTimeOffset)] = static () => new Leaf<DateTimeOffset>(WriteDateTimeOffset, ReadDateTimeOffset),
        [typeof(DateOnly)] = static () => new Leaf<DateOnly>(static (w, v) => w.WriteInt32(v.DayNumber), static r => DateOnly.FromDayNumber(r.ReadInt32())),
        [typeof(TimeOnly)] = static () => new Leaf<TimeOnly>(static (w, v) => w.WriteInt64(v.Ticks), static r => new TimeOnly(r.ReadInt64())),
        [typeof(Rune)] = static () => new Leaf<Rune>(static (w, v) => w.WriteVarInt32(v.Value), static r => new Rune(r.ReadVarInt32())),
        [typeof(Index)] = static () => new Leaf<Index>(WriteIndex, ReadIndex),
        [typeof(Range)] = static () => new Leaf<Range>(WriteRange, static r => new Range(ReadIndex(r), ReadIndex(r))),
        [typeof(BigInteger)] = static () => new Leaf<BigInteger>(static (w, v) => w.WriteBytes(v.ToByteArray()), static r => new BigInteger(r.ReadBlock())),
        [typeof(Uri)] = static () => new Leaf<Uri>(WriteUri, ReadUri),
        [typeof(Version)] = static () => new Leaf<Version>(WriteVersion, ReadVersion),
        [typeof(Regex)] = static () => new Leaf<Regex>(WriteRegex, ReadRegex),
        [typeof(StringBuilder)] = static () => new StringBuilderFormatter(),
        [typeof(BitArray)] = static () => new BitArrayFormatter(),
        [typeof(IPAddress)] = static () => new Leaf<IPAddress>(WriteAddress, ReadAddress),
        [typeof(IPEndPoint)] = static () => new Leaf<IPEndPoint>(WriteEndPoint, static r => new IPEndPoint(ReadAddress(r), r.ReadUInt16())),
        [typeof(DnsEndPoint)] = static () => new Leaf<DnsEndPoint>(WriteDns, static r => new DnsEndPoint(Text(r, MaxHostChars), r.ReadUInt16())),
        [typeof(CancellationToken)] = static () => new CancellationTokenFormatter(),
        [typeof(DBNull)] = static () => new Leaf<DBNull>(static (_, _) => { }, static _ => DBNull.Value),
    };

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
