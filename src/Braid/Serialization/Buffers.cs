namespace Braid.Serialization;

/// <summary>Takes large buffers of unmanaged data beside the payload, as pickle protocol 5 does.</summary>
internal abstract class BufferExporter
{
    /// <summary>Buffers of at least this size are exported; smaller ones stay in band.</summary>
    public int ThresholdBytes { get; init; } = 64 * 1024;

    /// <summary>Takes <paramref name="length"/> bytes from <paramref name="start"/>, which the caller has pinned, and returns the index by which the payload names them.</summary>
    public abstract int Export(ref byte start, long length);
}

/// <summary>Gives back what a <see cref="BufferExporter"/> took. Indexes come from the payload: an unknown one is a <see cref="SerializationException"/>.</summary>
internal abstract class BufferImporter
{
    public abstract long Length(int index);

    public abstract void CopyTo(int index, ref byte destination, long length);

    /// <summary>Maps the buffer read-only, without a copy.</summary>
    public abstract MappedBuffer Map(int index);
}

/// <summary>A read-only mapping that lives as long as this object is reachable.</summary>
internal abstract class MappedBuffer
{
    public abstract unsafe byte* Pointer { get; }

    public abstract long Length { get; }
}
