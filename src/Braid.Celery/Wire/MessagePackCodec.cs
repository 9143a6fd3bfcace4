using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Braid.Celery.Wire;

/// <summary>
/// The formats of MessagePack that Celery's messages use, to and from plain values. Extension types but the timestamp are refused.
/// Grammar: https://github.com/msgpack/msgpack/blob/master/spec.md
/// </summary>
internal static class MessagePackCodec
{
    internal static object? Read(ReadOnlySpan<byte> source)
    {
        try
        {
            var value = Read(ref source, 0);
            if (source.Length > 0) throw new PoisonMessageException($"{source.Length} bytes follow the MessagePack value.");
            return value;
        }
        catch (ArgumentOutOfRangeException e) { throw new PoisonMessageException("The MessagePack body is truncated.", e); }
    }

    private static object? Read(ref ReadOnlySpan<byte> source, int depth)
    {
        if (depth > PlainValue.MaxDepth) throw new PoisonMessageException("The MessagePack body is nested too deeply.");
        var code = Take(ref source, 1)[0];
        switch (code)
        {
            case <= 0x7f: return (long)code;
            case <= 0x8f: return Map(ref source, code & 0x0f, depth);
            case <= 0x9f: return List(ref source, code & 0x0f, depth);
            case <= 0xbf: return Text(ref source, code & 0x1f);
            case 0xc0: return null;
            case 0xc2: return false;
            case 0xc3: return true;
            case 0xc4: return Take(ref source, Take(ref source, 1)[0]).ToArray();
            case 0xc5: return Take(ref source, Length16(ref source)).ToArray();
            case 0xc6: return Take(ref source, Length32(ref source)).ToArray();
            case 0xca: return (double)BinaryPrimitives.ReadSingleBigEndian(Take(ref source, 4));
            case 0xcb: return BinaryPrimitives.ReadDoubleBigEndian(Take(ref source, 8));
            case 0xcc: return (long)Take(ref source, 1)[0];
            case 0xcd: return (long)BinaryPrimitives.ReadUInt16BigEndian(Take(ref source, 2));
            case 0xce: return (long)BinaryPrimitives.ReadUInt32BigEndian(Take(ref source, 4));
            case 0xcf:
                var wide = BinaryPrimitives.ReadUInt64BigEndian(Take(ref source, 8));
                return wide <= long.MaxValue ? (object)(long)wide : new BigInteger(wide);
            case 0xd0: return (long)(sbyte)Take(ref source, 1)[0];
            case 0xd1: return (long)BinaryPrimitives.ReadInt16BigEndian(Take(ref source, 2));
            case 0xd2: return (long)BinaryPrimitives.ReadInt32BigEndian(Take(ref source, 4));
            case 0xd3: return BinaryPrimitives.ReadInt64BigEndian(Take(ref source, 8));
            case 0xd9: return Text(ref source, Take(ref source, 1)[0]);
            case 0xda: return Text(ref source, Length16(ref source));
            case 0xdb: return Text(ref source, Length32(ref source));
            case 0xdc: return List(ref source, Length16(ref source), depth);
            case 0xdd: return List(ref source, Length32(ref source), depth);
            case 0xde: return Map(ref source, Length16(ref source), depth);
            case 0xdf: return Map(ref source, Length32(ref source), depth);
            case >= 0xe0: return (long)(sbyte)code;
            default: throw new PoisonMessageException($"The MessagePack code 0x{code:x2} is not accepted.");
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> source, int count)
    {
        if (count < 0 || count > source.Length) throw new PoisonMessageException("The MessagePack body is truncated.");
        var taken = source[..count];
        source = source[count..];
        return taken;
    }

    private static int Length16(ref ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16BigEndian(Take(ref source, 2));

    private static int Length32(ref ReadOnlySpan<byte> source) => (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(Take(ref source, 4)), int.MaxValue);

    private static string Text(ref ReadOnlySpan<byte> source, int length) => Encoding.UTF8.GetString(Take(ref source, length));

    private static List<object?> List(ref ReadOnlySpan<byte> source, int count, int depth)
    {
        if (count > source.Length) throw new PoisonMessageException("The MessagePack body is truncated.");
        var list = new List<object?>(count);
        for (var i = 0; i < count; i++) list.Add(Read(ref source, depth + 1));
        return list;
    }

    private static Dictionary<string, object?> Map(ref ReadOnlySpan<byte> source, int count, int depth)
    {
        if (count > source.Length) throw new PoisonMessageException("The MessagePack body is truncated.");
        var map = new Dictionary<string, object?>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = Read(ref source, depth + 1) switch
            {
                string text => text,
                byte[] bytes => Encoding.UTF8.GetString(bytes),
                var other => throw new PoisonMessageException($"A MessagePack key is not a string: {PythonRepr.Of(other)}."),
            };
            map[key] = Read(ref source, depth + 1);
        }
        return map;
    }

    /// <summary>Writes a plain value.</summary>
    internal static byte[] Write(object? value)
    {
        using var output = new PooledWriter();
        Write(output, value);
        return output.ToArray();
    }

    private static void Write(PooledWriter output, object? value)
    {
        switch (value)
        {
            case null: output.Write([0xc0]); break;
            case bool flag: output.Write([flag ? (byte)0xc3 : (byte)0xc2]); break;
            case long number: WriteInteger(output, number); break;
            case BigInteger big when big >= 0 && big <= ulong.MaxValue:
                Span<byte> wide = [0xcf, 0, 0, 0, 0, 0, 0, 0, 0];
                BinaryPrimitives.WriteUInt64BigEndian(wide[1..], (ulong)big);
                output.Write(wide);
                break;
            case double number:
                Span<byte> real = [0xcb, 0, 0, 0, 0, 0, 0, 0, 0];
                BinaryPrimitives.WriteDoubleBigEndian(real[1..], number);
                output.Write(real);
                break;
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                WriteLength(output, utf8.Length, fix: 0xa0, fixMax: 31, code8: 0xd9, code16: 0xda, code32: 0xdb);
                output.Write(utf8);
                break;
            case byte[] bytes:
                WriteLength(output, bytes.Length, fix: 0, fixMax: -1, code8: 0xc4, code16: 0xc5, code32: 0xc6);
                output.Write(bytes);
                break;
            case List<object?> list:
                WriteLength(output, list.Count, fix: 0x90, fixMax: 15, code8: 0, code16: 0xdc, code32: 0xdd);
                foreach (var item in list) Write(output, item);
                break;
            case Dictionary<string, object?> map:
                WriteLength(output, map.Count, fix: 0x80, fixMax: 15, code8: 0, code16: 0xde, code32: 0xdf);
                foreach (var (key, item) in map)
                {
                    Write(output, key);
                    Write(output, item);
                }
                break;
            default: throw new NotSupportedException($"{value.GetType()} has no MessagePack form.");
        }
    }

    private static void WriteInteger(PooledWriter output, long number)
    {
        Span<byte> bytes = stackalloc byte[9];
        switch (number)
        {
            case >= -32 and <= 127: output.Write([(byte)number]); return;
            case >= 0 and <= byte.MaxValue: output.Write([0xcc, (byte)number]); return;
            case >= 0 and <= ushort.MaxValue:
                bytes[0] = 0xcd;
                BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], (ushort)number);
                output.Write(bytes[..3]);
                return;
            case >= 0 and <= uint.MaxValue:
                bytes[0] = 0xce;
                BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], (uint)number);
                output.Write(bytes[..5]);
                return;
            default:
                bytes[0] = number >= 0 ? (byte)0xcf : (byte)0xd3;
                BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number);
                output.Write(bytes);
                return;
        }
    }

    private static void WriteLength(PooledWriter output, int length, byte fix, int fixMax, byte code8, byte code16, byte code32)
    {
        Span<byte> bytes = stackalloc byte[5];
        if (length <= fixMax) output.Write([(byte)(fix | length)]);
        else if (length <= byte.MaxValue && code8 != 0) output.Write([code8, (byte)length]);
        else if (length <= ushort.MaxValue)
        {
            bytes[0] = code16;
            BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], (ushort)length);
            output.Write(bytes[..3]);
        }
        else
        {
            bytes[0] = code32;
            BinaryPrimitives.WriteInt32BigEndian(bytes[1..], length);
            output.Write(bytes);
        }
    }
}
