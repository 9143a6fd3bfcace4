namespace Braid.Mpi;

/// <summary>Ranks in a grid.</summary>
public sealed class CartesianCommunicator : NeighborhoodCommunicator
{
    private readonly int[] _dimensions;
    private readonly bool[] _periodic;

    internal CartesianCommunicator(nint handle, int[] dimensions, bool[] periodic) : base(handle)
    {
        (_dimensions, _periodic) = (dimensions, periodic);
        Coordinates = GetCoordinates(Rank);
    }

    /// <summary>Ranks along each dimension.</summary>
    public IReadOnlyList<int> Shape => _dimensions;

    /// <summary>Which dimensions wrap around.</summary>
    public IReadOnlyList<bool> Periodic => _periodic;

    /// <summary>Where this rank is.</summary>
    public IReadOnlyList<int> Coordinates { get; }

    /// <inheritdoc/>
    public override int SourceCount => 2 * _dimensions.Length;

    /// <inheritdoc/>
    public override int DestinationCount => 2 * _dimensions.Length;

    /// <summary>A shape for so many ranks that is as near to a cube as can be, the longest side first; the same on every MPI.</summary>
    public static int[] Dimensions(int ranks, int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ranks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimensions);
        var shape = new int[dimensions];
        Array.Fill(shape, 1);
        // The largest prime factors first, each to the side that is shortest so far.
        foreach (var factor in PrimeFactors(ranks))
        {
            shape[Array.IndexOf(shape, shape.Min())] *= factor;
        }
        Array.Sort(shape, static (a, b) => b.CompareTo(a));
        return shape;
    }

    /// <summary>Where a rank is.</summary>
    /// <exception cref="MpiException">The grid has no such rank (class <see cref="MpiErrorClass.Rank"/>).</exception>
    public int[] GetCoordinates(int rank)
    {
        // Open MPI 4.1 takes the rank behind the last for one of the grid.
        if ((uint)rank >= (uint)Size)
        {
            throw new MpiException(
                MpiErrorClass.Rank, (int)MpiErrorClass.Rank, "MPI_Cart_coords", $"invalid rank {rank}; the grid has {Size}.");
        }
        var coordinates = new int[_dimensions.Length];
        Runtime.Check(Runtime.Backend.CartesianCoordinates(Handle, rank, coordinates), "MPI_Cart_coords");
        return coordinates;
    }

    /// <summary>Which rank is there; along a periodic dimension any number is a place.</summary>
    public int GetRank(params ReadOnlySpan<int> coordinates)
    {
        if (coordinates.Length != _dimensions.Length)
        {
            throw new ArgumentException($"The grid has {_dimensions.Length} dimensions, not {coordinates.Length}.", nameof(coordinates));
        }
        Runtime.Check(Runtime.Backend.CartesianRank(Handle, coordinates, out var rank), "MPI_Cart_rank");
        return rank;
    }

    /// <summary>Whom to receive from and send to when all shift along a dimension; <see cref="Mpi.ProcNull"/> beyond an edge.</summary>
    /// <exception cref="MpiException">The grid has no such dimension (class <see cref="MpiErrorClass.Dims"/>).</exception>
    public (int Source, int Destination) Shift(int dimension, int displacement = 1)
    {
        // Open MPI 4.1 answers for a dimension that is not there.
        if ((uint)dimension >= (uint)_dimensions.Length)
        {
            throw new MpiException(
                MpiErrorClass.Dims, (int)MpiErrorClass.Dims, "MPI_Cart_shift", $"invalid dimension {dimension}; the grid has {_dimensions.Length}.");
        }
        Runtime.Check(
            Runtime.Backend.CartesianShift(Handle, dimension, displacement, out var source, out var destination), "MPI_Cart_shift");
        return (source, destination);
    }

    /// <summary>The lower-dimensional grids that keep these dimensions; collective.</summary>
    public CartesianCommunicator Slice(params ReadOnlySpan<bool> keep)
    {
        if (keep.Length != _dimensions.Length)
        {
            throw new ArgumentException($"The grid has {_dimensions.Length} dimensions, not {keep.Length}.", nameof(keep));
        }
        Runtime.Check(Runtime.Backend.CartesianSub(Handle, keep, out var created), "MPI_Cart_sub");
        var kept = keep.ToArray();
        return new(
            created,
            [.. _dimensions.Where((_, i) => kept[i])],
            [.. _periodic.Where((_, i) => kept[i])]);
    }

    private protected override bool HasSmallRing => Rings(longest: 2).Any();

    private protected override void RearrangeSmallRings(BlockLayout layout, BlockOrder order)
    {
        switch (order)
        {
            case BlockOrder.Straight:
                foreach (var dimension in Rings(longest: 2))
                {
                    Array.Reverse(layout.Counts, 2 * dimension, 2);
                    Array.Reverse(layout.Displacements, 2 * dimension, 2);
                }
                break;
            case BlockOrder.Backward:
                // Along several dimensions only a rank alone is the same neighbour.
                var rings = Rings(longest: 1).ToArray();
                for (var i = 0; i < rings.Length / 2; i++)
                {
                    SwapDimensions(layout.Counts, rings[i], rings[^(i + 1)]);
                    SwapDimensions(layout.Displacements, rings[i], rings[^(i + 1)]);
                }
                break;
        }
    }

    private static void SwapDimensions(int[] blocks, int first, int second)
    {
        for (var side = 0; side < 2; side++)
        {
            (blocks[(2 * first) + side], blocks[(2 * second) + side]) = (blocks[(2 * second) + side], blocks[(2 * first) + side]);
        }
    }

    /// <summary>The periodic dimensions of up to so many ranks.</summary>
    private IEnumerable<int> Rings(int longest) =>
        Enumerable.Range(0, _dimensions.Length).Where(dimension => _periodic[dimension] && _dimensions[dimension] <= longest);

    private static List<int> PrimeFactors(int number)
    {
        var factors = new List<int>();
        for (var prime = 2; number > 1; prime++)
        {
            for (; number % prime == 0; number /= prime)
            {
                factors.Insert(0, prime);
            }
        }
        return factors;
    }
}
