using Braid.Lambdas;

namespace Braid.Pools;

/// <summary>
/// A function of the user's to be mapped, as tasks on chunks of its items. One class for each shape, so that a chunk's task carries the user's own
/// delegate and nothing around it: what is wrong with it is then told in the user's words.
/// </summary>
internal abstract class MappedFunction<T, TResult>(Delegate function)
{
    /// <summary>A chunk's task is called after the function, unless the user has named it.</summary>
    public TaskOptions For(TaskOptions options) => options with { Function = function };

    /// <param name="cluster">Where it runs.</param>
    /// <param name="items">The chunk.</param>
    /// <param name="first">Which of the map's items is the first of the chunk.</param>
    /// <param name="options">As <see cref="For"/> made them.</param>
    /// <exception cref="CaptureException">The function or an item cannot travel.</exception>
    public ObjectRef<ReadOnlyMemory<TResult>> Submit(Cluster cluster, ReadOnlyMemory<T> items, long first, TaskOptions options)
    {
        try
        {
            return SubmitCore(cluster, items, first, options);
        }
        catch (CaptureException found)
        {
            throw InUsersWords(found, items.Span, first);
        }
    }

    protected abstract ObjectRef<ReadOnlyMemory<TResult>> SubmitCore(Cluster cluster, ReadOnlyMemory<T> items, long first, TaskOptions options);

    /// <summary>What was found by way of Braid's own lambda, as found in what the user gave.</summary>
    protected CaptureException InUsersWords(CaptureException found, ReadOnlySpan<T> items, long first) =>
        MapErrors.OfFunction(function) ?? MapErrors.OfItems(function, items, first) ?? found;
}

/// <summary>One whose chunks can also be timed, for inputs of unknown length.</summary>
internal abstract class StreamedFunction<T, TResult>(Delegate function) : MappedFunction<T, TResult>(function)
{
    /// <inheritdoc cref="MappedFunction{T, TResult}.Submit"/>
    public ObjectRef<TimedChunk<TResult>> SubmitTimed(Cluster cluster, T[] items, long first, TaskOptions options)
    {
        try
        {
            return SubmitTimedCore(cluster, items, first, options);
        }
        catch (CaptureException found)
        {
            throw InUsersWords(found, items, first);
        }
    }

    protected abstract ObjectRef<TimedChunk<TResult>> SubmitTimedCore(Cluster cluster, T[] items, long first, TaskOptions options);
}
