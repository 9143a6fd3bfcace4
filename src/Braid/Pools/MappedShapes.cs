namespace Braid.Pools;

// In each a local copy of the function: the lambda then captures that and not the object around it.

internal sealed class MappedSync<T, TResult>(Func<T, TResult> function) : StreamedFunction<T, TResult>(function)
{
    private readonly Func<T, TResult> _function = function;

    protected override ObjectRef<ReadOnlyMemory<TResult>> SubmitCore(Cluster cluster, ReadOnlyMemory<T> items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.Map(body, items, first), options);
    }

    protected override ObjectRef<TimedChunk<TResult>> SubmitTimedCore(Cluster cluster, T[] items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapTimed(body, items, first), options);
    }
}

internal sealed class MappedTask<T, TResult>(Func<T, Task<TResult>> function) : StreamedFunction<T, TResult>(function)
{
    private readonly Func<T, Task<TResult>> _function = function;

    protected override ObjectRef<ReadOnlyMemory<TResult>> SubmitCore(Cluster cluster, ReadOnlyMemory<T> items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapAsync(body, items, first), options);
    }

    protected override ObjectRef<TimedChunk<TResult>> SubmitTimedCore(Cluster cluster, T[] items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapTimedAsync(body, items, first), options);
    }
}

internal sealed class MappedValueTask<T, TResult>(Func<T, ValueTask<TResult>> function) : StreamedFunction<T, TResult>(function)
{
    private readonly Func<T, ValueTask<TResult>> _function = function;

    protected override ObjectRef<ReadOnlyMemory<TResult>> SubmitCore(Cluster cluster, ReadOnlyMemory<T> items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapAsync(body, items, first), options);
    }

    protected override ObjectRef<TimedChunk<TResult>> SubmitTimedCore(Cluster cluster, T[] items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapTimedAsync(body, items, first), options);
    }
}

internal sealed class MappedPairs<T1, T2, TResult>(Func<T1, T2, TResult> function) : MappedFunction<(T1, T2), TResult>(function)
{
    private readonly Func<T1, T2, TResult> _function = function;

    protected override ObjectRef<ReadOnlyMemory<TResult>> SubmitCore(Cluster cluster, ReadOnlyMemory<(T1, T2)> items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapPairs(body, items, first), options);
    }
}

internal sealed class MappedTriples<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> function) : MappedFunction<(T1, T2, T3), TResult>(function)
{
    private readonly Func<T1, T2, T3, TResult> _function = function;

    protected override ObjectRef<ReadOnlyMemory<TResult>> SubmitCore(Cluster cluster, ReadOnlyMemory<(T1, T2, T3)> items, long first, TaskOptions options)
    {
        var body = _function;
        return cluster.Submit(() => ChunkBody.MapTriples(body, items, first), options);
    }
}
