namespace Braid.Pools;

/// <summary>A map over an input of known length, whose results are wanted together and in order.</summary>
internal static class WholeMap
{
    /// <summary>Chunks per slot: enough that one slow chunk leaves the others something to do meanwhile.</summary>
    private const int ChunksPerSlot = 4;

    public static async Task<TResult[]> RunAsync<T, TResult>(
        Cluster cluster, int slots, MappedFunction<T, TResult> function, IEnumerable<T> items, MapOptions options, CancellationToken cancellationToken)
    {
        // A copy even of an array: the caller may change it once MapAsync has returned.
        ReadOnlyMemory<T> all = items.ToArray();
        if (all.Length == 0)
            return [];
        var size = options.ChunkSize ?? Math.Max(1, (int)Math.Ceiling(all.Length / (double)(slots * ChunksPerSlot)));
        var chunks = new ObjectRef<ReadOnlyMemory<TResult>>[(all.Length + size - 1) / size];
        var results = new TResult[all.Length];
        var task = function.For(options.Task);
        var submitted = 0;
        var done = 0;
        try
        {
            for (; submitted < chunks.Length; submitted++)
            {
                var start = submitted * size;
                chunks[submitted] = function.Submit(cluster, all.Slice(start, Math.Min(size, all.Length - start)), start, task);
            }

            for (var i = 0; i < chunks.Length; i++)
            {
                var chunk = chunks[i];
                var part = await chunk.GetAsync(cancellationToken).ConfigureAwait(false);
                // Let go at once, so that shared memory need not hold all chunks until the last.
                chunks[i] = null!;
                part.CopyTo(results.AsMemory(i * size));
                // It keeps what is copied mapped.
                GC.KeepAlive(chunk);
                done += part.Length;
                options.Progress?.Report(new MapProgress(done, all.Length));
            }

            return results;
        }
        catch
        {
            for (var i = 0; i < submitted; i++)
                chunks[i]?.Cancel();
            throw;
        }
    }
}
