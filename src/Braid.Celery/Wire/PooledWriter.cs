using System.Buffers;

namespace Braid.Celery.Wire;

/// <summary>A growing buffer of rented memory. What it holds is valid until it is cleared or disposed.</summary>
internal sealed class PooledWriter : IBufferWriter<byte>, IDisposable
{
    private byte[] _buffer;
    private int _written;

    internal PooledWriter(int capacity = 512) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    internal int Length => _written;
    internal ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _written);
    internal ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _written);

    internal byte[] ToArray() => WrittenSpan.ToArray();

    internal void Clear() => _written = 0;

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _written += bytes.Length;
    }

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _buffer.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _buffer.AsSpan(_written);
    }

    private void Ensure(int sizeHint)
    {
        var wanted = Math.Max(sizeHint, 64);
        if (_buffer.Length - _written >= wanted) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, checked(_written + wanted)));
        _buffer.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
