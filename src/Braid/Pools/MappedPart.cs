using Braid.Execution;
using Braid.Lambdas;

namespace Braid.Pools;

/// <summary>Which part of which map a task is, for its name and its errors: the lambda that it runs is Braid's own and says nothing to the user.</summary>
internal abstract class MappedPart(Delegate function)
{
    public string Name => Lambda.Of(function).Name;

    /// <summary>Which result of a chunk cannot travel, and why; null when they are none of a map's, or all of them can.</summary>
    public abstract BraidException? Refusal(string taskName, object? results);
}

/// <inheritdoc/>
internal sealed class MappedPart<TResult>(Delegate function, long first) : MappedPart(function)
{
    /// <summary>Tells the task that runs here what it is a part of.</summary>
    public static void Begin(Delegate function, long first)
    {
        if (TaskExecution.Current is { } execution)
            execution.Part = new MappedPart<TResult>(function, first);
    }

    public override BraidException? Refusal(string taskName, object? results) => results switch
    {
        ReadOnlyMemory<TResult> memory => MapErrors.OfResults(taskName, memory.Span, first),
        TimedChunk<TResult> chunk => MapErrors.OfResults<TResult>(taskName, chunk.Results, first),
        _ => null,
    };
}
