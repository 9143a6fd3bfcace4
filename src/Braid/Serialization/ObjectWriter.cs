using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Braid.Serialization;

/// <summary>
/// Writes one payload. A <see cref="Formatter{T}"/> receives it to write the parts of its value, in any mixture of the primitives and of
/// <see cref="Write{T}"/>. Integers named by width are fixed and little-endian; the <c>Var</c> ones take 1 to 10 bytes.
/// </summary>
public sealed partial class ObjectWriter
{
    // Most task payloads fit, so that a fresh writer grows at most once.
    private const int InitialBytes = 512;

    private byte[] _buffer = new byte[InitialBytes];
    private int _position;

    internal ObjectWriter()
    {
    }

    /// <summary>The kernel's own context, for the formatters of its handles.</summary>
    internal object? State { get; set; }

    /// <summary>Where large buffers go; null means in band.</summary>
    internal BufferExporter? Buffers { get; set; }

    internal ReadOnlySpan<byte> WrittenSpan => new(_buffer, 0, _position);

    internal ReadOnlyMemory<byte> WrittenMemory => new(_buffer, 0, _position);

    internal int Position => _position;

    internal int Capacity => _buffer.Length;

    /// <summary>Forgets the payload, its references and its types; keeps the buffer, <see cref="State"/> and <see cref="Buffers"/>.</summary>
    internal void Reset()
    {
        _position = 0;
        ResetReferences();
    }

    /// <summary>Writes one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteByte(byte value)
    {
        var position = _position;
        if ((uint)position >= (uint)_buffer.Length)
            Grow(1);
        _buffer[position] = value;
        _position = position + 1;
    }

    /// <summary>Writes one byte, 0 or 1.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes 2 bytes.</summary>
    public void WriteInt16(short value) => WriteFixed(value);

    /// <summary>Writes 4 bytes.</summary>
    public void WriteInt32(int value) => WriteFixed(value);

    /// <summary>Writes 8 bytes.</summary>
    public void WriteInt64(long value) => WriteFixed(value);

    /// <summary>Writes 2 bytes.</summary>
    public void WriteUInt16(ushort value) => WriteFixed(value);

    /// <summary>Writes 4 bytes.</summary>
    public void WriteUInt32(uint value) => WriteFixed(value);

    /// <summary>Writes 8 bytes.</summary>
    public void WriteUInt64(ulong value) => WriteFixed(value);

    /// <summary>Writes 4 bytes.</summary>
    public void WriteSingle(float value) => WriteFixed(value);

    /// <summary>Writes 8 bytes.</summary>
    public void WriteDouble(double value) => WriteFixed(value);

    /// <summary>Writes 1 to 10 bytes, seven bits in each, the low ones first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteVarUInt64(ulong value)
    {
        if (value < 0x80)
            WriteByte((byte)value);
        else
            WriteLongVarUInt64(value);
    }

    /// <summary>Writes 1 to 10 bytes; small magnitudes of either sign are short.</summary>
    public void WriteVarInt64(long value) => WriteVarUInt64((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Writes a string or null: one byte a character where all are Latin-1, two where not, so that every string comes back exactly.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteByte(StringTags.Null);
            return;
        }

        if (value.Length >= StringTags.SharedFromChars && WriteIfSeen(value, StringTags.Shared))
            return;
        WriteChars(value);
    }

    /// <summary>Writes the length and the bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteVarUInt64((ulong)bytes.Length);
        WriteRaw(bytes);
    }

    internal void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_position));
        _position += bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteFixed<T>(T value) where T : unmanaged
    {
        Reserve(Unsafe.SizeOf<T>());
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _position), value);
        _position += Unsafe.SizeOf<T>();
    }

    internal void WriteVarInt32(int value) => WriteVarUInt64((uint)((value << 1) ^ (value >> 31)));

    internal void WriteVarUInt32(uint value) => WriteVarUInt64(value);

    internal void WriteChar(char value) => WriteVarUInt64(value);

    internal void WriteSByte(sbyte value) => WriteByte((byte)value);

    private void WriteLongVarUInt64(ulong value)
    {
        Reserve(10);
        ref var next = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _position);
        var length = 0;
        while (value >= 0x80)
        {
            Unsafe.Add(ref next, length++) = (byte)(value | 0x80);
            value >>= 7;
        }

        Unsafe.Add(ref next, length++) = (byte)value;
        _position += length;
    }

    private void WriteChars(string value)
    {
        // The header's width depends on the length only, so one pass tries ASCII right into place and falls back rarely.
        var header = _position;
        WriteVarUInt64(StringTags.Header(value.Length, wide: false));
        Reserve(value.Length);
        var destination = _buffer.AsSpan(_position, value.Length);
        if (Ascii.FromUtf16(value, destination, out _) == System.Buffers.OperationStatus.Done)
        {
            _position += value.Length;
        }
        else if (value.AsSpan().ContainsAnyExceptInRange('\0', '\xFF'))
        {
            _position = header;
            WriteVarUInt64(StringTags.Header(value.Length, wide: true));
            WriteRaw(MemoryMarshal.AsBytes(value.AsSpan()));
        }
        else
        {
            Encoding.Latin1.GetBytes(value, destination);
            _position += value.Length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int bytes)
    {
        if (_buffer.Length - _position < bytes)
            Grow(bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        var needed = (long)_position + bytes;
        if (needed > Array.MaxLength)
            throw new SerializationException($"The payload would exceed {Array.MaxLength} bytes, the longest array of .NET; large arrays can go beside the payload only between Braid's own processes.");
        Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
    }
}
