namespace Braid.Mpi.Embedded;

/// <summary>A window: where each rank's part is, and the words in shared memory by which the ranks keep order.</summary>
internal sealed unsafe class EmbeddedWindow
{
    private const int BytesOfRank = 128;
    private readonly SharedBlock _block;
    private readonly int _ranks;

    public EmbeddedWindow(EmbeddedCommunicator of, SharedBlock block)
    {
        (Of, _block, _ranks) = (of, block, of.Size);
        (Held, Started, Waited) = (new LockKind[_ranks], new int[_ranks], new int[_ranks]);
    }

    public enum LockKind
    {
        None, Shared, Exclusive,
        /// <summary>The program promised that there is no need.</summary>
        Unchecked,
    }

    /// <summary>The ranks, in a context of the window's own.</summary>
    public EmbeddedCommunicator Of { get; }

    /// <summary>By rank: where its part begins. An address of this process where it is mapped or own, else one of that process.</summary>
    public required long[] Addresses { get; init; }

    /// <summary>By rank: bytes of its part; of a dynamic window 0.</summary>
    public required long[] Bytes { get; init; }

    /// <summary>By rank: what a displacement counts.</summary>
    public required long[] Units { get; init; }

    /// <summary>By rank: the process, for memory that is not mapped here.</summary>
    public required long[] Processes { get; init; }

    /// <summary>Whether all parts are mapped here.</summary>
    public bool IsMapped { get; init; }

    public string Name { get; set; } = "";

    /// <summary>What this rank holds of each other's lock.</summary>
    public LockKind[] Held { get; }

    /// <summary>How many posts of each rank were answered by a start here.</summary>
    public int[] Started { get; }

    /// <summary>How many completes of each rank were answered by a wait here.</summary>
    public int[] Waited { get; }

    /// <summary>The ranks that a start opened; null outside.</summary>
    public int[]? Access { get; set; }

    /// <summary>The ranks that a post let in; null outside.</summary>
    public int[]? Exposure { get; set; }

    /// <summary>Whether a fence opened operations on all.</summary>
    public bool IsFenced { get; set; }

    public bool IsDirect(int rank) => IsMapped || rank == Of.Rank;

    /// <summary>-1 while one rank holds it exclusively, else how many share it.</summary>
    public int* LockState(int rank) => (int*)(_block.Start + ((long)rank * BytesOfRank));

    /// <summary>How many wait to hold it exclusively: those that would share it let them pass.</summary>
    public int* LockWaiters(int rank) => LockState(rank) + 1;

    /// <summary>1 while an accumulate changes the rank's part.</summary>
    public int* Mutex(int rank) => LockState(rank) + 16;

    /// <summary>How often the first has posted for the second.</summary>
    public int* Posted(int target, int origin) => (int*)(_block.Start + ((long)_ranks * BytesOfRank)) + ((long)target * _ranks) + origin;

    /// <summary>How often the second has completed on the first.</summary>
    public int* Completed(int target, int origin) => Posted(target, origin) + ((long)_ranks * _ranks);

    public static long ControlBytes(int ranks) => (((long)ranks * BytesOfRank) + (2L * ranks * ranks * sizeof(int)) + 4095) & ~4095L;

    public void Dispose() => _block.Dispose();
}
