namespace Braid.Pools;

/// <summary>A function to be mapped, synchronous or not, as tasks on chunks of its items.</summary>
internal abstract class MappedFunction<T, TResult>
{
    public abstract ObjectRef<ReadOnlyMemory<TResult>> Submit(Cluster cluster, ReadOnlyMemory<T> items, TaskOptions options);

    public abstract ObjectRef<TimedChunk<TResult>> SubmitTimed(Cluster cluster, T[] items, TaskOptions options);

    public sealed class Sync(Func<T, TResult> function) : MappedFunction<T, TResult>
    {
        // A local copy: the lambda then captures the function and not this object.
        public override ObjectRef<ReadOnlyMemory<TResult>> Submit(Cluster cluster, ReadOnlyMemory<T> items, TaskOptions options)
        {
            var body = function;
            return cluster.Submit(() => ChunkBody.Map(body, items), options);
        }

        public override ObjectRef<TimedChunk<TResult>> SubmitTimed(Cluster cluster, T[] items, TaskOptions options)
        {
            var body = function;
            return cluster.Submit(() => ChunkBody.MapTimed(body, items), options);
        }
    }

    public sealed class Async(Func<T, Task<TResult>> function) : MappedFunction<T, TResult>
    {
        public override ObjectRef<ReadOnlyMemory<TResult>> Submit(Cluster cluster, ReadOnlyMemory<T> items, TaskOptions options)
        {
            var body = function;
            return cluster.Submit(() => ChunkBody.MapAsync(body, items), options);
        }

        public override ObjectRef<TimedChunk<TResult>> SubmitTimed(Cluster cluster, T[] items, TaskOptions options)
        {
            var body = function;
            return cluster.Submit(() => ChunkBody.MapTimedAsync(body, items), options);
        }
    }
}
