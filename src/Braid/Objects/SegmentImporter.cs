using Braid.Serialization;

namespace Braid.Objects;

/// <summary>Gives the buffers of one value, in the order of their indexes, to the reader of its payload.</summary>
internal sealed class SegmentImporter(SegmentStore store, IReadOnlyList<BufferRef> buffers) : BufferImporter
{
    /// <summary>From here on it is looked whether the bytes are there before memory is taken for them; below, memory costs less than the look.</summary>
    public const long CheckedBytesMin = 1 << 20;

    public override long Length(int index)
    {
        var buffer = At(index);
        if (buffer.Length >= CheckedBytesMin)
            store.Check(buffer);
        return buffer.Length;
    }

    public override void CopyTo(int index, ref byte destination, long length)
    {
        var buffer = At(index);
        if (length != buffer.Length)
            throw new SerializationException($"Buffer {index} has {buffer.Length:N0} bytes; the payload asks for {length:N0}.");
        store.Read(buffer, ref destination);
    }

    public override MappedBuffer Map(int index) => store.Map(At(index));

    private BufferRef At(int index)
    {
        // The index comes from the payload, which may be wrong.
        if ((uint)index >= (uint)buffers.Count)
            throw new SerializationException($"The payload names buffer {index}; it came with {buffers.Count}.");
        return buffers[index];
    }
}
