namespace Braid.Examples.WordCount;

/// <summary>The words of many blocks, counted by the workers of a cluster.</summary>
internal static class ClusterCount
{
    private const int BranchesPerSum = 8;

    /// <summary>
    /// Map: a task counts each block. Reduce: a tree of tasks, each of which adds up a few counts. All are submitted at once; a sum captures
    /// references to its counts, so it runs as soon as these are there, and the counts pass from worker to worker, not through here.
    /// </summary>
    public static async Task<WordCounts> CountAsync(Cluster cluster, IEnumerable<Block> blocks, Action<long> progressBytes)
    {
        var counts = blocks.ToDictionary(block => cluster.Submit(() => block.Count()), block => block.FileBytes);
        var sums = counts.Keys.ToArray();
        do
            sums = [.. sums.Chunk(BranchesPerSum).Select(some => cluster.Submit(() => WordCounts.Sum(some.Select(count => count.Value))))];
        while (sums.Length > 1);

        await foreach (var count in cluster.AsCompleted(counts.Keys))
            progressBytes(counts[count]);
        return await sums[0];
    }
}
