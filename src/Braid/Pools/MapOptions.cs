namespace Braid;

/// <summary>How one map runs.</summary>
public sealed record MapOptions
{
    /// <summary>What a map without options gets.</summary>
    public static MapOptions Default { get; } = new();

    /// <summary>
    /// Items that go to a worker together. Default: for inputs of known length a quarter of each worker's share; for streamed ones it starts
    /// at 1 and grows while a chunk takes less than 5 ms. At least 1.
    /// </summary>
    public int? ChunkSize { get; init; }

    /// <summary>Chunks of a streamed map that may be under way or waiting to be consumed; at least 1. Default: three per slot.</summary>
    public int? LookAhead { get; init; }

    /// <summary>Hears of each chunk that has ended. Default: nobody.</summary>
    public IProgress<MapProgress>? Progress { get; init; }

    /// <summary>Name, retries, time limit and resources of each chunk's task. Default: none.</summary>
    public TaskOptions Task { get; init; } = TaskOptions.Default;

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Task);
        Task.Check();
        if (ChunkSize is < 1)
            throw new ArgumentOutOfRangeException(nameof(ChunkSize), ChunkSize, "ChunkSize must be at least 1.");
        if (LookAhead is < 1)
            throw new ArgumentOutOfRangeException(nameof(LookAhead), LookAhead, "LookAhead must be at least 1.");
    }
}

/// <summary>How far a map has come.</summary>
/// <param name="Done">Items whose results are there.</param>
/// <param name="Total">Items in all; null where the input's length is not known.</param>
public readonly record struct MapProgress(long Done, long? Total);
