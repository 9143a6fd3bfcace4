using System.Diagnostics;

namespace Braid.Pools;

/// <summary>What a worker does with a chunk. Static, so that a chunk's task carries only the function and the items.</summary>
internal static class ChunkBody
{
    public static TResult[] Map<T, TResult>(Func<T, TResult> function, T[] items)
    {
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = function(items[i]);
        return results;
    }

    public static async Task<TResult[]> MapAsync<T, TResult>(Func<T, Task<TResult>> function, T[] items)
    {
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = await function(items[i]).ConfigureAwait(false);
        return results;
    }

    public static TimedChunk<TResult> MapTimed<T, TResult>(Func<T, TResult> function, T[] items)
    {
        var started = Stopwatch.GetTimestamp();
        var results = Map(function, items);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }

    public static async Task<TimedChunk<TResult>> MapTimedAsync<T, TResult>(Func<T, Task<TResult>> function, T[] items)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await MapAsync(function, items).ConfigureAwait(false);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }
}

/// <summary>The results of a chunk and how long it took, from which the size of the next ones is chosen.</summary>
internal sealed record TimedChunk<T>(T[] Results, TimeSpan Elapsed);
