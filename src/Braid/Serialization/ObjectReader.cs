using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Braid.Serialization;

/// <summary>
/// Reads one payload. A <see cref="Formatter{T}"/> receives it to read back what it wrote, call for call. Every method throws
/// <see cref="SerializationException"/> when the bytes end too early or are not what they should be.
/// </summary>
public sealed partial class ObjectReader
{
    private byte[] _source = [];
    private int _position;
    private int _end;
    private int _start;

    internal ObjectReader()
    {
    }

    /// <summary>The kernel's own context, for the formatters of its handles.</summary>
    internal object? State { get; set; }

    /// <summary>Where buffers that went beside the payload are found.</summary>
    internal BufferImporter? Buffers { get; set; }

    /// <summary>How many bytes of the payload are left.</summary>
    public int Remaining => _end - _position;

    internal int Offset => _position - _start;

    /// <summary>Starts on another payload; keeps <see cref="State"/> and <see cref="Buffers"/>. Memory that is not an array is copied once.</summary>
    internal void Reset(ReadOnlyMemory<byte> source)
    {
        if (!MemoryMarshal.TryGetArray(source, out var segment))
            segment = source.ToArray();
        _source = segment.Array ?? [];
        _start = _position = segment.Offset;
        _end = segment.Offset + segment.Count;
        ResetReferences();
    }

    /// <summary>Reads one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadByte()
    {
        if (_position >= _end)
            ThrowTruncated(1);
        return _source[_position++];
    }

    /// <summary>Reads one byte, which must be 0 or 1.</summary>
    public bool ReadBoolean()
    {
        var value = ReadByte();
        if (value > 1)
            throw Malformed($"{value} stands where a Boolean was expected");
        return value != 0;
    }

    /// <summary>Reads 2 bytes.</summary>
    public short ReadInt16() => ReadFixed<short>();

    /// <summary>Reads 4 bytes.</summary>
    public int ReadInt32() => ReadFixed<int>();

    /// <summary>Reads 8 bytes.</summary>
    public long ReadInt64() => ReadFixed<long>();

    /// <summary>Reads 2 bytes.</summary>
    public ushort ReadUInt16() => ReadFixed<ushort>();

    /// <summary>Reads 4 bytes.</summary>
    public uint ReadUInt32() => ReadFixed<uint>();

    /// <summary>Reads 8 bytes.</summary>
    public ulong ReadUInt64() => ReadFixed<ulong>();

    /// <summary>Reads 4 bytes.</summary>
    public float ReadSingle() => ReadFixed<float>();

    /// <summary>Reads 8 bytes.</summary>
    public double ReadDouble() => ReadFixed<double>();

    /// <summary>Reads 1 to 10 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarUInt64()
    {
        if (_position < _end && _source[_position] < 0x80)
            return _source[_position++];
        return ReadLongVarUInt64();
    }

    /// <summary>Reads 1 to 10 bytes.</summary>
    public long ReadVarInt64()
    {
        var value = ReadVarUInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads a string or null.</summary>
    public string? ReadString()
    {
        var header = ReadVarUInt64();
        if (header == StringTags.Null)
            return null;
        if (header == StringTags.Shared)
            return ReadSeen(ReadVarUInt64()) as string ?? throw Malformed("a shared string is of another type");

        header -= 2;
        var wide = (header & 1) != 0;
        if (header >> 1 > (ulong)(wide ? Remaining / 2 : Remaining))
            throw TooLong(header >> 1);
        var length = (int)(header >> 1);
        var value = wide ? ReadWide(length) : ReadNarrow(length);
        if (length >= StringTags.SharedFromChars)
            AddObject(value);
        return value;
    }

    /// <summary>Reads the length and the bytes.</summary>
    public byte[] ReadBytes() => ReadBlock().ToArray();

    /// <summary>Reads a number of elements that follow, each of at least <paramref name="leastBytes"/> bytes, which must be there.</summary>
    public int ReadCount(int leastBytes = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leastBytes);
        var count = ReadVarUInt64();
        Announce(count, leastBytes);
        return (int)count;
    }

    /// <summary>The length and the bytes, in place.</summary>
    internal ReadOnlySpan<byte> ReadBlock()
    {
        var length = ReadVarUInt64();
        return length <= (ulong)Remaining ? ReadRaw((int)length) : throw TooLong(length);
    }

    /// <summary>The next bytes, in place.</summary>
    internal ReadOnlySpan<byte> ReadRaw(int length)
    {
        Require(length);
        var bytes = _source.AsSpan(_position, length);
        _position += length;
        return bytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T ReadFixed<T>() where T : unmanaged
    {
        Require(Unsafe.SizeOf<T>());
        var value = Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_source), _position));
        _position += Unsafe.SizeOf<T>();
        return value;
    }

    internal int ReadVarInt32()
    {
        var value = ReadVarUInt32();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    internal uint ReadVarUInt32()
    {
        var value = ReadVarUInt64();
        return value <= uint.MaxValue ? (uint)value : throw Malformed($"{value} does not fit 32 bits");
    }

    internal char ReadChar()
    {
        var value = ReadVarUInt64();
        return value <= char.MaxValue ? (char)value : throw Malformed($"{value} is no character");
    }

    internal sbyte ReadSByte() => (sbyte)ReadByte();

    internal SerializationException Malformed(string found) => new($"At offset {Offset}: {found}. The payload is damaged, or was written by another build.");

    internal SerializationException TooLong(ulong count) =>
        new($"At offset {Offset}: {count} elements are announced, but only {Remaining} bytes are left. The payload is truncated or damaged.");

    private string ReadNarrow(int length) =>
        string.Create(length, this, static (chars, reader) => Encoding.Latin1.GetChars(reader.ReadRaw(chars.Length), chars));

    private string ReadWide(int length) => new(MemoryMarshal.Cast<byte, char>(ReadRaw(2 * length)));

    private ulong ReadLongVarUInt64()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte();
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Malformed("a variable-length integer does not end within 64 bits");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Require(int bytes)
    {
        if (_end - _position < bytes)
            ThrowTruncated(bytes);
    }

    private void ThrowTruncated(int bytes) =>
        throw new SerializationException($"At offset {Offset}: {bytes} bytes were expected, but only {Remaining} are left. The payload is truncated or damaged.");
}
