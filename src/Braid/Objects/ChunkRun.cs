namespace Braid.Objects;

/// <summary>
/// One piece of bulk work, cut into chunks that the calling thread and whatever threads of the pool are free take one by one. The
/// caller can always finish alone, so a pool with no free thread slows it down and never stops it.
/// </summary>
internal abstract class ChunkRun : IThreadPoolWorkItem
{
    private const int HelpersMax = 3;

    private readonly object _gate = new();

    /// <summary>The next chunk that nobody has taken.</summary>
    private int _next;

    /// <summary>Guarded by the gate: helpers that are inside a chunk. The caller leaves only when it is 0 and no more can come.</summary>
    private int _helping;

    /// <summary>Guarded by the gate: set when the caller is done; a helper that starts later does nothing.</summary>
    private bool _closed;

    private Exception? _error;

    protected abstract int Chunks { get; }

    protected abstract void Run(int chunk);

    /// <summary>Runs all chunks and throws the first error of any.</summary>
    public void RunAll()
    {
        var helpers = Math.Min(Math.Min(Environment.ProcessorCount - 1, HelpersMax), Chunks - 1);
        for (var i = 0; i < helpers; i++)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

        TakeChunks();
        lock (_gate)
        {
            _closed = true;
            while (_helping > 0)
                Monitor.Wait(_gate);
        }

        if (_error is { } error)
            throw error;
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _helping++;
        }

        TakeChunks();
        lock (_gate)
        {
            if (--_helping == 0)
                Monitor.Pulse(_gate);
        }
    }

    private void TakeChunks()
    {
        try
        {
            int chunk;
            while (_error is null && (chunk = Interlocked.Increment(ref _next) - 1) < Chunks)
                Run(chunk);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, e, null);
        }
    }
}
