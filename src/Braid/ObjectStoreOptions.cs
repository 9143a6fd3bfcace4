namespace Braid;

/// <summary>
/// Where the large values of a cluster on one machine live and how much room they may take. Values over 64 KiB are kept in
/// shared memory; what does not fit there goes to files on disk.
/// </summary>
public sealed record ObjectStoreOptions
{
    /// <summary>
    /// The folder in which shared memory is made, on a file system in memory. Default (null): <c>/dev/shm</c> where it exists and
    /// is at least 256 MiB large (containers often have 64 MiB), else the temporary folder. Each session makes a private folder in it
    /// (mode 0700, a random name of 128 bits) that is removed when the session ends, however it ends.
    /// </summary>
    public string? MemoryDirectory { get; init; }

    /// <summary>
    /// How many bytes of shared memory the values of a session may take. Default (null): half of what is free in the memory
    /// directory when the session starts, and at most half of the memory of the machine or container. From seven eighths of it on, the
    /// oldest values are moved to disk; what would go over it is written to disk at once.
    /// </summary>
    public long? MemoryBudgetBytes { get; init; }

    /// <summary>
    /// The folder for values that do not fit into memory. Default (null): the temporary folder. Each session makes a private folder in
    /// it, as in <see cref="MemoryDirectory"/>.
    /// </summary>
    public string? SpillDirectory { get; init; }

    /// <summary>
    /// How many bytes of disk the values of a session may take. Default (null): half of what is free in the spill directory when the
    /// session starts. A value that fits neither into memory nor here fails with <see cref="ObjectStoreFullException"/>.
    /// </summary>
    public long? SpillBudgetBytes { get; init; }

    /// <summary>
    /// How many bytes of freed shared memory are kept to be written again: pages that were used before are about twice as fast to
    /// fill as new ones. Counts within <see cref="MemoryBudgetBytes"/> and is given up first when that runs short. Default (null): an
    /// eighth of the memory budget, at most 1 GiB; 0 keeps none.
    /// </summary>
    public long? RecycledBytesMax { get; init; }

    /// <summary>Throws when a number is negative: a wrong setting is reported where it was written.</summary>
    internal void Validate()
    {
        ThrowIfNegative(MemoryBudgetBytes, nameof(MemoryBudgetBytes));
        ThrowIfNegative(SpillBudgetBytes, nameof(SpillBudgetBytes));
        ThrowIfNegative(RecycledBytesMax, nameof(RecycledBytesMax));
    }

    private static void ThrowIfNegative(long? bytes, string name)
    {
        if (bytes < 0)
            throw new ArgumentOutOfRangeException(name, bytes, $"{nameof(ObjectStoreOptions)}.{name} is a number of bytes and cannot be negative.");
    }
}
