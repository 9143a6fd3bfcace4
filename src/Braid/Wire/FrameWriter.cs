using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Braid.Wire;

/// <summary>
/// Builds frames one behind the other in one growing buffer, so that everything that waits goes out in one send.
/// A frame is a little-endian u32 (the bytes that follow), a kind byte and a body. Not thread-safe: its owner locks.
/// </summary>
internal sealed class FrameWriter
{
    /// <summary>The most that one frame may hold: larger things travel as segments beside the frames.</summary>
    public const int FrameBytesMax = 64 << 20;

    /// <summary>Above this an emptied buffer is given back, so that one burst does not pin its memory for ever.</summary>
    private const int KeepBytesMax = 1 << 20;

    private byte[] _buffer = new byte[4096];
    private int _length;
    private int _frameStart = -1;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public void Clear()
    {
        Debug.Assert(_frameStart < 0, "a frame is open");
        _length = 0;
        if (_buffer.Length > KeepBytesMax)
            _buffer = new byte[4096];
    }

    public void Begin(FrameKind kind)
    {
        Debug.Assert(_frameStart < 0, "a frame is open");
        _frameStart = _length;
        Reserve(5);
        _length += 4;
        _buffer[_length++] = (byte)kind;
    }

    public void End()
    {
        Debug.Assert(_frameStart >= 0, "no frame is open");
        var length = _length - _frameStart - 4;
        if (length > FrameBytesMax)
        {
            _length = _frameStart;
            _frameStart = -1;
            throw new WireException($"A frame of {length:N0} bytes is over the bound of {FrameBytesMax:N0}.");
        }

        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_frameStart), length);
        _frameStart = -1;
    }

    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    public void Number(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    public void Number(long value)
    {
        Debug.Assert(value >= 0, "the wire's numbers are not negative");
        Number((ulong)value);
    }

    public void Number(int value) => Number((long)value);

    /// <summary>A number that may be negative: zigzag, so that small ones stay short.</summary>
    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    public void Double(double value)
    {
        Reserve(8);
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(_length), value);
        _length += 8;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Text(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        Number(count);
        Reserve(count);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length >= count)
            return;
        var size = Math.Max(_buffer.Length * 2L, (long)_length + count);
        if (size > Array.MaxLength)
            throw new WireException("More than 2 GiB wait to be sent on one link.");
        Array.Resize(ref _buffer, (int)size);
    }
}
