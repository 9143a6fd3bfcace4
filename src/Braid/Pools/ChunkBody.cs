using System.Diagnostics;

namespace Braid.Pools;

/// <summary>What a worker does with a chunk. Static, so that a chunk's task carries only the function and the items.</summary>
internal static class ChunkBody
{
    /// <summary>Memory in and out: large items of a plain type are read where they lie, in shared memory, at both ends.</summary>
    public static ReadOnlyMemory<TResult> Map<T, TResult>(Func<T, TResult> function, ReadOnlyMemory<T> items) => Call(function, items.Span);

    public static async Task<ReadOnlyMemory<TResult>> MapAsync<T, TResult>(Func<T, Task<TResult>> function, ReadOnlyMemory<T> items) =>
        await CallAsync(function, items).ConfigureAwait(false);

    public static TimedChunk<TResult> MapTimed<T, TResult>(Func<T, TResult> function, T[] items)
    {
        var started = Stopwatch.GetTimestamp();
        var results = Call<T, TResult>(function, items);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }

    public static async Task<TimedChunk<TResult>> MapTimedAsync<T, TResult>(Func<T, Task<TResult>> function, T[] items)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await CallAsync<T, TResult>(function, items).ConfigureAwait(false);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }

    private static TResult[] Call<T, TResult>(Func<T, TResult> function, ReadOnlySpan<T> items)
    {
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = function(items[i]);
        return results;
    }

    private static async Task<TResult[]> CallAsync<T, TResult>(Func<T, Task<TResult>> function, ReadOnlyMemory<T> items)
    {
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = await function(items.Span[i]).ConfigureAwait(false);
        return results;
    }
}

/// <summary>The results of a chunk and how long it took, from which the size of the next ones is chosen.</summary>
internal sealed record TimedChunk<T>(T[] Results, TimeSpan Elapsed);
