namespace Braid.Mpi;

/// <summary>Where the blocks of a collective with varying lengths lie in a buffer, checked so that MPI never leaves it.</summary>
internal readonly struct BlockLayout
{
    public BlockLayout(ReadOnlySpan<int> counts, ReadOnlySpan<int> displacements, int blocks, int length, string buffer)
    {
        if (counts.Length != blocks)
        {
            throw new ArgumentException($"{blocks} blocks need as many counts, not {counts.Length}.", nameof(counts));
        }
        if (displacements.Length != 0 && displacements.Length != blocks)
        {
            throw new ArgumentException(
                $"{blocks} blocks need as many displacements or none, not {displacements.Length}.", nameof(displacements));
        }
        // One more than needed, so that no blocks at all are still a pointer.
        (Counts, Displacements) = (new int[blocks + 1], new int[blocks + 1]);
        long next = 0;
        for (var i = 0; i < blocks; i++)
        {
            var at = displacements.IsEmpty ? next : displacements[i];
            if (counts[i] < 0 || at < 0 || at + counts[i] > length)
            {
                throw new ArgumentException(
                    $"Block {i} is {counts[i]} elements from {at}, which a buffer of {length} does not hold.", buffer);
            }
            Counts[i] = counts[i];
            Displacements[i] = (int)at;
            next = at + counts[i];
        }
    }

    public int[] Counts { get; }

    public int[] Displacements { get; }
}
