using System.Diagnostics;

namespace Braid.Pools;

/// <summary>What a worker does with a chunk. Static, so that a chunk's task carries only the function, the items and the place of the first.</summary>
internal static class ChunkBody
{
    /// <summary>Memory in and out: large items of a plain type are read where they lie, in shared memory, at both ends.</summary>
    public static ReadOnlyMemory<TResult> Map<T, TResult>(Func<T, TResult> function, ReadOnlyMemory<T> items, long first) =>
        Call(function, items.Span, first);

    public static async Task<ReadOnlyMemory<TResult>> MapAsync<T, TResult>(Func<T, Task<TResult>> function, ReadOnlyMemory<T> items, long first) =>
        await CallAsync(function, items, first).ConfigureAwait(false);

    public static async Task<ReadOnlyMemory<TResult>> MapAsync<T, TResult>(Func<T, ValueTask<TResult>> function, ReadOnlyMemory<T> items, long first) =>
        await CallAsync(function, items, first).ConfigureAwait(false);

    public static ReadOnlyMemory<TResult> MapPairs<T1, T2, TResult>(Func<T1, T2, TResult> function, ReadOnlyMemory<(T1, T2)> items, long first)
    {
        MappedPart<TResult>.Begin(function, first);
        var span = items.Span;
        var results = new TResult[span.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = function(span[i].Item1, span[i].Item2);
        return results;
    }

    public static ReadOnlyMemory<TResult> MapTriples<T1, T2, T3, TResult>(
        Func<T1, T2, T3, TResult> function, ReadOnlyMemory<(T1, T2, T3)> items, long first)
    {
        MappedPart<TResult>.Begin(function, first);
        var span = items.Span;
        var results = new TResult[span.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = function(span[i].Item1, span[i].Item2, span[i].Item3);
        return results;
    }

    public static TimedChunk<TResult> MapTimed<T, TResult>(Func<T, TResult> function, T[] items, long first)
    {
        var started = Stopwatch.GetTimestamp();
        var results = Call<T, TResult>(function, items, first);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }

    public static async Task<TimedChunk<TResult>> MapTimedAsync<T, TResult>(Func<T, Task<TResult>> function, T[] items, long first)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await CallAsync<T, TResult>(function, items, first).ConfigureAwait(false);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }

    public static async Task<TimedChunk<TResult>> MapTimedAsync<T, TResult>(Func<T, ValueTask<TResult>> function, T[] items, long first)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await CallAsync<T, TResult>(function, items, first).ConfigureAwait(false);
        return new TimedChunk<TResult>(results, Stopwatch.GetElapsedTime(started));
    }

    private static TResult[] Call<T, TResult>(Func<T, TResult> function, ReadOnlySpan<T> items, long first)
    {
        MappedPart<TResult>.Begin(function, first);
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = function(items[i]);
        return results;
    }

    private static async Task<TResult[]> CallAsync<T, TResult>(Func<T, Task<TResult>> function, ReadOnlyMemory<T> items, long first)
    {
        MappedPart<TResult>.Begin(function, first);
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = await function(items.Span[i]).ConfigureAwait(false);
        return results;
    }

    private static async Task<TResult[]> CallAsync<T, TResult>(Func<T, ValueTask<TResult>> function, ReadOnlyMemory<T> items, long first)
    {
        MappedPart<TResult>.Begin(function, first);
        var results = new TResult[items.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = await function(items.Span[i]).ConfigureAwait(false);
        return results;
    }
}

/// <summary>The results of a chunk and how long it took, from which the size of the next ones is chosen.</summary>
internal sealed record TimedChunk<T>(T[] Results, TimeSpan Elapsed);
