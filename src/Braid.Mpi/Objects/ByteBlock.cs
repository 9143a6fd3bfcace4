using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Mpi.Objects;

/// <summary>
/// The bytes of one message: in a pooled array up to 1 GiB, which costs no page faults from the second message on, beyond it in native
/// memory, since no array is long enough. It has one owner, who disposes of it.
/// </summary>
internal sealed unsafe class ByteBlock : IDisposable
{
    /// <summary>The longest array that the shared pool keeps.</summary>
    private const int PooledBytesMax = 1 << 30;

    /// <summary>Null where the memory is native.</summary>
    private byte[]? _array;

    /// <summary>Null where the memory is an array.</summary>
    private byte* _native;

    private long _capacity;

    /// <summary>Bytes in use, from the start.</summary>
    public long Length { get; private set; }

    /// <summary>The whole in an array; null where it is too long for one.</summary>
    public byte[]? Array => _array;

    /// <summary>A block whose bytes are about to be received.</summary>
    public static ByteBlock Of(long length)
    {
        var block = new ByteBlock();
        block.Reserve(length);
        block.Length = length;
        return block;
    }

    public static ByteBlock CopyOf(ReadOnlySpan<byte> bytes)
    {
        var block = Of(bytes.Length);
        bytes.CopyTo(block._array);
        return block;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            Append(start, bytes.Length);
        }
    }

    public void Append(byte* bytes, long length)
    {
        Reserve(length);
        using var pin = Pin(Length);
        Buffer.MemoryCopy(bytes, pin.Pointer, _capacity - Length, length);
        Length += length;
    }

    /// <summary>Fills up with zeros to a multiple of <paramref name="bytes"/>.</summary>
    public void Align(int bytes)
    {
        Span<byte> zeros = stackalloc byte[bytes];
        zeros.Clear();
        Append(zeros[..(int)((bytes - (Length % bytes)) % bytes)]);
    }

    /// <summary>The memory from there on, which stays where it is until the handle is disposed.</summary>
    public MemoryHandle Pin(long offset = 0)
    {
        if (_array is null)
        {
            return new(_native + offset);
        }
        var handle = GCHandle.Alloc(_array, GCHandleType.Pinned);
        return new((byte*)handle.AddrOfPinnedObject() + offset, handle);
    }

    /// <summary>A part of the bytes as memory for MPI; valid as long as the block is.</summary>
    public Memory<byte> Part(long offset, int length) =>
        _array is not null ? _array.AsMemory((int)offset, length) : new NativePart(_native + offset, length).Memory;

    /// <summary>All of the bytes, of which there must be fewer than 2 GiB.</summary>
    public Memory<byte> All => Part(0, checked((int)Length));

    public void Dispose()
    {
        if (_array is { } array)
        {
            _array = null;
            ArrayPool<byte>.Shared.Return(array);
        }
        NativeMemory.Free(_native);
        _native = null;
        Length = _capacity = 0;
    }

    private void Reserve(long more)
    {
        var needed = Length + more;
        if (needed <= _capacity && (_array is not null || _native != null))
        {
            return;
        }
        var capacity = Math.Max(needed, Length == 0 ? needed : 2 * _capacity);
        if (capacity > PooledBytesMax && needed <= PooledBytesMax)
        {
            capacity = PooledBytesMax;
        }
        if (capacity <= PooledBytesMax)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)capacity);
            if (_array is { } smaller)
            {
                Buffer.BlockCopy(smaller, 0, larger, 0, (int)Length);
                ArrayPool<byte>.Shared.Return(smaller);
            }
            (_array, _capacity) = (larger, larger.Length);
            return;
        }
        _native = (byte*)NativeMemory.Realloc(_native, (nuint)capacity);
        _capacity = capacity;
        if (_array is { } first)
        {
            first.AsSpan(0, (int)Length).CopyTo(new(_native, (int)Length));
            _array = null;
            ArrayPool<byte>.Shared.Return(first);
        }
    }

    /// <summary>Shows native memory as <see cref="Memory{T}"/>; the block keeps it alive.</summary>
    private sealed class NativePart(byte* start, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(start, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
