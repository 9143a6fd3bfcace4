using System.Runtime.InteropServices;
using Braid.Serialization;

namespace Braid.Mpi.Objects;

/// <summary>Takes the large buffers of a value, one after the other, in front of the message's other parts.</summary>
internal sealed unsafe class LargeBuffersWriter : BufferExporter
{
    /// <summary>Where each buffer begins, so that a reader may look at its elements in place.</summary>
    public const int AlignmentBytes = 64;

    private readonly List<long> _lengths = [];

    /// <summary>Null as long as the value has no large buffer.</summary>
    public ByteBlock? Block { get; private set; }

    public ReadOnlySpan<long> Lengths => CollectionsMarshal.AsSpan(_lengths);

    public override int Export(ref byte start, long length)
    {
        Block ??= new();
        Block.Align(AlignmentBytes);
        fixed (byte* bytes = &start)
        {
            Block.Append(bytes, length);
        }
        _lengths.Add(length);
        return _lengths.Count - 1;
    }

    /// <summary>Hands over what was taken, and can begin anew.</summary>
    public ByteBlock? Detach()
    {
        var block = Block;
        Block = null;
        _lengths.Clear();
        return block;
    }
}

/// <summary>Gives the large buffers of a message that was received to the reader of its value.</summary>
internal sealed unsafe class LargeBuffersReader : BufferImporter
{
    private readonly List<(long Offset, long Length)> _buffers = [];

    /// <summary>The pinned start of the message, while its value is read.</summary>
    private byte* _start;

    public void Begin(byte* start) => _start = start;

    public void Add(long offset, long length) => _buffers.Add((offset, length));

    public void End()
    {
        _buffers.Clear();
        _start = null;
    }

    public override long Length(int index) => At(index).Length;

    public override void CopyTo(int index, ref byte destination, long length)
    {
        var (offset, bytes) = At(index);
        if (length != bytes)
        {
            throw new SerializationException($"Buffer {index} has {bytes:N0} bytes; the message asks for {length:N0}.");
        }
        fixed (byte* target = &destination)
        {
            Buffer.MemoryCopy(_start + offset, target, length, length);
        }
    }

    /// <summary>The message's memory goes back to the pool, so what is kept is a copy.</summary>
    public override MappedBuffer Map(int index)
    {
        var (offset, length) = At(index);
        var copy = new OwnedBuffer(length);
        Buffer.MemoryCopy(_start + offset, copy.Pointer, length, length);
        return copy;
    }

    private (long Offset, long Length) At(int index) => (uint)index < (uint)_buffers.Count
        ? _buffers[index]
        : throw new SerializationException($"The message names buffer {index}; it came with {_buffers.Count}.");

    private sealed class OwnedBuffer : MappedBuffer
    {
        private readonly byte* _memory;

        public OwnedBuffer(long length)
        {
            _memory = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, length));
            Length = length;
        }

        ~OwnedBuffer() => NativeMemory.Free(_memory);

        public override byte* Pointer => _memory;

        public override long Length { get; }
    }
}
