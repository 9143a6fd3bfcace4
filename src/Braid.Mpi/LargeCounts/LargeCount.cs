namespace Braid.Mpi;

/// <summary>
/// So many elements as MPI's count and datatype. MPI counts in 32 bits (only MPI 4 has functions that count further): more are one element
/// of a datatype that is made for them.
/// </summary>
internal unsafe ref struct LargeCount : IDisposable
{
    private const int ChunkElementsMax = 1 << 30;

    private readonly bool _made;

    public LargeCount(long count, nint type, long extent)
    {
        if (count <= CountMax)
        {
            (Count, Type) = ((int)count, type);
            return;
        }
        var chunk = Math.Min(ChunkElementsMax, CountMax);
        var (chunks, rest) = Math.DivRem(count, chunk);
        Runtime.Check(Runtime.Backend.TypeContiguous(chunk, type, out var block), "MPI_Type_contiguous");
        Runtime.Check(
            Runtime.Backend.TypeStruct(
                [checked((int)chunks), (int)rest], [0, (nint)(chunks * chunk * extent)], [block, type], out var whole),
            "MPI_Type_create_struct");
        Runtime.Check(Runtime.Backend.TypeFree(&block), "MPI_Type_free");
        // What MPI pads a struct with must not come between the blocks of a collective.
        Runtime.Check(Runtime.Backend.TypeResized(whole, 0, (nint)(count * extent), out var exact), "MPI_Type_create_resized");
        Runtime.Check(Runtime.Backend.TypeFree(&whole), "MPI_Type_free");
        Runtime.Check(Runtime.Backend.TypeCommit(&exact), "MPI_Type_commit");
        (Count, Type, _made) = (1, exact, true);
    }

    /// <summary>The largest count given to MPI; smaller in tests, which have less memory.</summary>
    public static int CountMax { get; set; } = int.MaxValue;

    public int Count { get; }

    public nint Type { get; }

    public static LargeCount Of<T>(long count) where T : unmanaged => new(count, TypeOf<T>.Handle, sizeof(T));

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
