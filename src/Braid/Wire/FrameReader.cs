using System.Buffers.Binary;
using System.Text;

namespace Braid.Wire;

/// <summary>Reads the body of one frame; every read is checked against the frame's end, so a truncated or hostile frame is an error.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly int Remaining => _rest.Length;

    public byte Byte()
    {
        if (_rest.IsEmpty)
            throw new WireException("A frame ends where a byte was expected.");
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ulong Number()
    {
        ulong value = 0;
        for (var i = 0; i < _rest.Length && i < 10; i++)
        {
            var b = _rest[i];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                if (i == 9 && b > 1)
                    break;
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw new WireException("A frame holds no whole number where one was expected.");
    }

    public long Int64()
    {
        var value = Number();
        return value <= long.MaxValue ? (long)value : throw new WireException($"The number {value} is out of range.");
    }

    public int Int32()
    {
        var value = Number();
        return value <= int.MaxValue ? (int)value : throw new WireException($"The number {value} is out of range.");
    }

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>How many items follow, each of at least one byte: a count beyond the frame's bytes is refused before anything is allocated.</summary>
    public int Count()
    {
        var value = Number();
        return value <= (ulong)_rest.Length
            ? (int)value
            : throw new WireException($"A count of {value} with {_rest.Length} bytes left in the frame.");
    }

    public double Double()
    {
        if (_rest.Length < 8)
            throw new WireException("A frame ends within a double.");
        var value = BinaryPrimitives.ReadDoubleLittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        var count = Count();
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new WireException($"A frame has {_rest.Length} bytes after its end.");
    }
}
