namespace Braid.Mpi.Embedded;

/// <summary>The blocks of a collective's buffer, one for each rank: all of one length, or of varying ones.</summary>
internal readonly unsafe struct Blocks
{
    private readonly byte* _start;
    private readonly int _count;
    private readonly int* _counts;
    private readonly int* _displacements;

    public Blocks(void* start, int count, EmbeddedType type)
    {
        _start = (byte*)start;
        _count = count;
        Type = type;
    }

    public Blocks(void* start, int* counts, int* displacements, EmbeddedType type)
    {
        _start = (byte*)start;
        _counts = counts;
        _displacements = displacements;
        Type = type;
    }

    public EmbeddedType Type { get; }

    public int Count(int rank) => _counts == null ? _count : _counts[rank];

    public byte* At(int rank) =>
        _start + (Type.Extent * (_counts == null ? (long)rank * _count : _displacements[rank]));

    public Part Part(int rank) => new(At(rank), Count(rank), Type);
}

/// <summary>What one rank gives to another, or has room for.</summary>
internal readonly unsafe struct Part(void* start, long count, EmbeddedType type)
{
    public void* Start => start;

    public long Count => count;

    public EmbeddedType Type => type;
}
