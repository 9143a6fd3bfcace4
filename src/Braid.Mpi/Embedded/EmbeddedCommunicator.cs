namespace Braid.Mpi.Embedded;

/// <summary>Which stream of messages within a communicator; the lowest bits of a context.</summary>
internal enum Stream
{
    PointToPoint, Collective, Creation,
}

/// <summary>Who is in a communicator.</summary>
internal sealed class EmbeddedCommunicator
{
    public required int Id { get; init; }

    /// <summary>The processes by rank; of an inter-communicator, of this side.</summary>
    public required int[] Members { get; init; }

    public required int Rank { get; init; }

    /// <summary>The processes of the other side, or null.</summary>
    public int[]? Remote { get; init; }

    /// <summary>Of an inter-communicator: this side for itself.</summary>
    public EmbeddedCommunicator? Local { get; init; }

    public int[]? Dimensions { get; init; }
    public bool[]? Periods { get; init; }
    public int[]? Sources { get; init; }
    public int[]? Destinations { get; init; }
    public string Name { get; set; } = "";

    /// <summary>Counts the collectives, so that each has a tag of its own; all ranks count alike. An inter-communicator counts in
    /// <see cref="Local"/>, over which its collectives go too.</summary>
    public int Sequence;

    public int Size => Members.Length;

    public bool IsInter => Remote is not null;

    /// <summary>To whom a rank given by the user refers.</summary>
    public int[] Peers => Remote ?? Members;

    public int Context(Stream stream) => (Id << 2) | (int)stream;

    public int NextTag() => Local is { } local ? local.NextTag() : (Interlocked.Increment(ref Sequence) & 0x3FFFFF) << 8;

    public int[] Coordinates(int rank)
    {
        var coordinates = new int[Dimensions!.Length];
        for (var i = coordinates.Length - 1; i >= 0; i--)
        {
            (rank, coordinates[i]) = Math.DivRem(rank, Dimensions[i]);
        }
        return coordinates;
    }

    /// <summary>The rank there; ProcNull beyond an edge.</summary>
    public int RankAt(ReadOnlySpan<int> coordinates)
    {
        var rank = 0;
        for (var i = 0; i < coordinates.Length; i++)
        {
            var (size, at) = (Dimensions![i], coordinates[i]);
            if (at < 0 || at >= size)
            {
                if (!Periods![i])
                {
                    return Mpi.ProcNull;
                }
                at = ((at % size) + size) % size;
            }
            rank = (rank * size) + at;
        }
        return rank;
    }

    public (int Source, int Destination) Shift(int dimension, int displacement)
    {
        var to = Coordinates(Rank);
        var from = (int[])to.Clone();
        to[dimension] += displacement;
        from[dimension] -= displacement;
        return (RankAt(from), RankAt(to));
    }
}
