using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Braid.Mpi.Objects;
using Braid.Mpi.Pools;

namespace Braid.Mpi;

/// <summary>
/// The ranks of a job as workers for calls and maps, as mpi4py.futures has them, without spawning: rank 0 is the program, the others serve. Functions are
/// lambdas and may capture; an exception of a call comes back as itself.
/// </summary>
/// <remarks>
/// <code>
/// await using var pool = MpiPool.Start();
/// if (pool is null) return;                  // this rank has served until rank 0 was done
/// var squares = await pool.MapAsync(x => x * x, Enumerable.Range(0, 1000));
/// </code>
/// A worker runs one call at a time, and has the next one waiting. A rank that dies ends the whole job, as MPI has it. All members may be used from any thread.
/// </remarks>
public sealed class MpiPool : IAsyncDisposable
{
    private readonly Channel<PoolCall> _calls;
    private readonly Communicator _ranks;
    private readonly Task[] _lanes;

    private MpiPool(Communicator ranks, MpiPoolOptions options)
    {
        _ranks = ranks;
        _calls = Channel.CreateBounded<PoolCall>(options.WaitingCallsMax);
        _lanes = ranks.Size == 1
            ? [PoolLane.RunHereAsync(_calls.Reader)]
            : [.. Enumerable.Range(1, ranks.Size - 1).SelectMany(worker => PoolLane.OfWorker(ranks, worker, _calls.Reader))];
    }

    /// <summary>The ranks that run calls: all but rank 0, or, where it is alone, rank 0 itself.</summary>
    public int Workers => Math.Max(1, _ranks.Size - 1);

    /// <summary>Makes a pool of all ranks, which all call this. At rank 0 it returns the pool at once; at the others it serves, and returns null when rank 0
    /// has disposed of the pool.</summary>
    /// <exception cref="MpiException">MPI grants less than <see cref="MpiThreadLevel.Multiple"/>, which the pool needs.</exception>
    public static MpiPool? Start(MpiPoolOptions? options = null)
    {
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WaitingCallsMax, 1);
        var ranks = (options.Communicator ?? Mpi.World).Duplicate();
        if (Mpi.ThreadLevel != MpiThreadLevel.Multiple)
        {
            throw new MpiException(
                MpiErrorClass.Other, 0, "MPI_Init_thread", $"the pool needs the thread level Multiple; {Mpi.ThreadLevel} was granted.");
        }
        if (ranks.Rank == 0)
        {
            return new(ranks, options);
        }
        PoolWorker.ServeAsync(ranks).GetAwaiter().GetResult();
        ranks.Dispose();
        return null;
    }

    /// <summary>Runs one call on some worker.</summary>
    /// <param name="function">What it captures travels with it, and its result comes back.</param>
    /// <param name="cancellation">Takes a call back that has not been sent; of one that was, the result is dropped.</param>
    /// <exception cref="Serialization.SerializationException">What it captures or returns cannot travel.</exception>
    public Task<TResult> SubmitAsync<TResult>(Func<TResult> function, CancellationToken cancellation = default) =>
        RunAsync<TResult>(new FunctionBody<TResult>(function), cancellation);

    /// <inheritdoc cref="SubmitAsync{TResult}(Func{TResult}, CancellationToken)"/>
    public Task<TResult> SubmitAsync<TResult>(Func<Task<TResult>> function, CancellationToken cancellation = default) =>
        RunAsync<TResult>(new AsyncBody<TResult>(function), cancellation);

    /// <inheritdoc cref="SubmitAsync{TResult}(Func{TResult}, CancellationToken)"/>
    public Task SubmitAsync(Action action, CancellationToken cancellation = default) => RunAsync<bool>(new ActionBody(action), cancellation);

    /// <summary>Calls the function on every item, in chunks; the results are in the order of the items.</summary>
    /// <param name="function">What to call.</param>
    /// <param name="items">Read before the call returns.</param>
    /// <param name="chunkSize">Items that travel together; null takes a quarter of each worker's share.</param>
    /// <param name="cancellation">Takes back what was not sent.</param>
    /// <remarks>The first exception of an item is that of the map, and chunks not begun are not run.</remarks>
    public async Task<TResult[]> MapAsync<T, TResult>(
        Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null, CancellationToken cancellation = default)
    {
        var results = new List<TResult>();
        var chunks = new Queue<Task<TResult[]>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            foreach (var chunk in Chunks(items, chunkSize))
            {
                chunks.Enqueue(RunChunkAsync(function, chunk, stop.Token));
            }
            while (chunks.TryDequeue(out var chunk))
            {
                results.AddRange(await chunk);
            }
            return [.. results];
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    /// <summary>Calls the function with the members of each tuple as its arguments (Python's star-map).</summary>
    public Task<TResult[]> MapAsync<T1, T2, TResult>(
        Func<T1, T2, TResult> function, IEnumerable<(T1, T2)> items, int? chunkSize = null, CancellationToken cancellation = default) =>
        MapAsync(((T1 First, T2 Second) item) => function(item.First, item.Second), items, chunkSize, cancellation);

    /// <inheritdoc cref="MapAsync{T1, T2, TResult}(Func{T1, T2, TResult}, IEnumerable{ValueTuple{T1, T2}}, int?, CancellationToken)"/>
    public Task<TResult[]> MapAsync<T1, T2, T3, TResult>(
        Func<T1, T2, T3, TResult> function, IEnumerable<(T1, T2, T3)> items, int? chunkSize = null, CancellationToken cancellation = default) =>
        MapAsync(((T1 First, T2 Second, T3 Third) item) => function(item.First, item.Second, item.Third), items, chunkSize, cancellation);

    /// <summary>As <see cref="MapAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, int?, CancellationToken)"/>, but a result comes as soon as it is there, in
    /// whatever order. Leaving the loop takes back what was not sent.</summary>
    public async IAsyncEnumerable<TResult> MapUnorderedAsync<T, TResult>(
        Func<T, TResult> function, IEnumerable<T> items, int? chunkSize = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var chunks = Chunks(items, chunkSize).Select(chunk => RunChunkAsync(function, chunk, stop.Token)).ToArray();
            await foreach (var chunk in Task.WhenEach(chunks))
            {
                foreach (var result in await chunk)
                {
                    yield return result;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    /// <summary>Waits for the calls that are under way or waiting, and lets the other ranks go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_calls.Writer.TryComplete())
        {
            return;
        }
        await Task.WhenAll(_lanes);
        for (var worker = 1; worker < _ranks.Size; worker++)
        {
            await _ranks.SendObjectAsync<PoolBody?>(null, worker, PoolWorker.Tag);
        }
        _ranks.Dispose();
    }

    private Task<TResult[]> RunChunkAsync<T, TResult>(Func<T, TResult> function, T[] items, CancellationToken cancellation) =>
        RunAsync<TResult[]>(new ChunkBody<T, TResult>(function, items), cancellation);

    private async Task<TResult> RunAsync<TResult>(PoolBody body, CancellationToken cancellation)
    {
        using var call = new PoolCall(ObjectCodec.Encode<PoolBody?>(body), cancellation);
        try
        {
            await _calls.Writer.WriteAsync(call, cancellation);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(MpiPool));
        }
        using var result = await call.Result;
        return ObjectCodec.Decode<TResult>(result)!;
    }

    private T[][] Chunks<T>(IEnumerable<T> items, int? chunkSize)
    {
        const int ChunksPerWorker = 4;
        if (chunkSize is { } asked)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(asked, 1, nameof(chunkSize));
        }
        var all = items.ToArray();
        var share = (int)Math.Ceiling(all.Length / (double)(Workers * ChunksPerWorker));
        return [.. all.Chunk(chunkSize ?? Math.Max(1, share))];
    }
}
