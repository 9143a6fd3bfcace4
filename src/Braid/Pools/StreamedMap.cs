using System.Runtime.CompilerServices;

namespace Braid.Pools;

/// <summary>A map whose input may have no end: chunks are taken from it only as results are consumed.</summary>
internal sealed class StreamedMap<T, TResult>(Cluster cluster, int slots, StreamedFunction<T, TResult> function, MapOptions options)
{
    private const int ChunksPerSlot = 3;
    private const int ChunkSizeMax = 1 << 16;

    /// <summary>A chunk this long makes what is spent on carrying it invisible.</summary>
    private static readonly TimeSpan ChunkTimeWanted = TimeSpan.FromMilliseconds(5);

    private readonly int _lookAhead = options.LookAhead ?? slots * ChunksPerSlot;
    private int _size = options.ChunkSize ?? 1;
    private readonly TaskOptions _task = function.For(options.Task);
    private long _taken;
    private long _done;

    public async IAsyncEnumerable<TResult> OrderedAsync(IEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var input = items.GetEnumerator();
        var underWay = new Queue<ObjectRef<TimedChunk<TResult>>>();
        try
        {
            while (true)
            {
                while (underWay.Count < _lookAhead && Take(input) is { } chunk)
                    underWay.Enqueue(Submit(chunk));
                if (underWay.Count == 0)
                    yield break;
                var results = Taken(await underWay.Peek().GetAsync(cancellationToken).ConfigureAwait(false));
                _ = underWay.Dequeue();
                foreach (var result in results)
                    yield return result;
            }
        }
        finally
        {
            foreach (var chunk in underWay)
                chunk.Cancel();
        }
    }

    public async IAsyncEnumerable<TResult> UnorderedAsync(IEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var input = items.GetEnumerator();
        var underWay = new List<ObjectRef<TimedChunk<TResult>>>();
        try
        {
            while (true)
            {
                while (underWay.Count < _lookAhead && Take(input) is { } chunk)
                    underWay.Add(Submit(chunk));
                if (underWay.Count == 0)
                    yield break;
                var (ready, _) = await cluster.WaitAsync(underWay, cancellationToken: cancellationToken).ConfigureAwait(false);
                foreach (var chunk in ready)
                {
                    var results = Taken(chunk.Result());
                    underWay.Remove(chunk);
                    foreach (var result in results)
                        yield return result;
                }
            }
        }
        finally
        {
            foreach (var chunk in underWay)
                chunk.Cancel();
        }
    }

    private T[]? Take(IEnumerator<T> input)
    {
        var chunk = new List<T>(Math.Min(_size, 1024));
        while (chunk.Count < _size && input.MoveNext())
            chunk.Add(input.Current);
        return chunk.Count == 0 ? null : [.. chunk];
    }

    private ObjectRef<TimedChunk<TResult>> Submit(T[] chunk)
    {
        var first = _taken;
        _taken += chunk.Length;
        return function.SubmitTimed(cluster, chunk, first, _task);
    }

    private TResult[] Taken(TimedChunk<TResult> chunk)
    {
        if (options.ChunkSize is null && chunk.Results.Length >= _size && chunk.Elapsed < ChunkTimeWanted)
            _size = Math.Min(ChunkSizeMax, _size * 2);
        _done += chunk.Results.Length;
        options.Progress?.Report(new MapProgress(_done, null));
        return chunk.Results;
    }
}
