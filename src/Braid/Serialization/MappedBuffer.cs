namespace Braid.Serialization;

/// <summary>Bytes that lie in a read-only mapping, which stays while this object is reachable.</summary>
internal abstract unsafe class MappedBuffer
{
    public abstract byte* Pointer { get; }

    public abstract long Length { get; }
}
