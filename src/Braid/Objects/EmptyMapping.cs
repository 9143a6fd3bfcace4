using Braid.Serialization;

namespace Braid.Objects;

/// <summary>No bytes: what no system will map.</summary>
internal sealed unsafe class EmptyMapping : MappedBuffer
{
    public static readonly EmptyMapping Instance = new();

    public override byte* Pointer => null;

    public override long Length => 0;
}
