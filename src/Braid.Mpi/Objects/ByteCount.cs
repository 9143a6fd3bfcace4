using Braid.Mpi.Abi;

namespace Braid.Mpi.Objects;

/// <summary>
/// So many bytes as MPI's count and datatype: MPI counts in 32 bits, so what is longer than 2 GiB is one element of a datatype that is made for it.
/// </summary>
internal unsafe ref struct ByteCount : IDisposable
{
    private const int ChunkBytes = 1 << 30;

    private readonly bool _made;

    public ByteCount(long bytes)
    {
        var single = Runtime.Backend.Type(BasicType.Byte);
        if (bytes <= int.MaxValue)
        {
            (Count, Type) = ((int)bytes, single);
            return;
        }
        Runtime.Check(Runtime.Backend.TypeContiguous(ChunkBytes, single, out var chunk), "MPI_Type_contiguous");
        int[] lengths = [(int)(bytes / ChunkBytes), (int)(bytes % ChunkBytes)];
        Runtime.Check(
            Runtime.Backend.TypeStruct(lengths, [0, (nint)(bytes - lengths[1])], [chunk, single], out var type), "MPI_Type_create_struct");
        Runtime.Check(Runtime.Backend.TypeFree(&chunk), "MPI_Type_free");
        Runtime.Check(Runtime.Backend.TypeCommit(&type), "MPI_Type_commit");
        (Count, Type, _made) = (1, type, true);
    }

    public int Count { get; }

    public nint Type { get; }

    /// <summary>MPI keeps what operations under way still need.</summary>
    public readonly void Dispose()
    {
        if (_made)
        {
            var type = Type;
            Runtime.Check(Runtime.Backend.TypeFree(&type), "MPI_Type_free");
        }
    }
}
