using Braid.Execution;

namespace Braid.Driver.Lineage;

/// <summary>
/// How one value came to be: the task that made it with its captures, or, for one that is small, the value itself. Names what it was made
/// from, but keeps none of those values alive. Written before it is entered in the <see cref="LineageBook"/>.
/// </summary>
internal sealed class LineageEntry
{
    /// <summary>What an entry costs besides its captures: its own objects, give or take.</summary>
    public const int OverheadBytes = 256;

    public required string Name { get; init; }

    public required TaskOptions Options { get; init; }

    /// <summary>What to run, without its references. Null for a small value, and once the book let it go.</summary>
    public TaskSpec? Spec { get; set; }

    /// <summary>A small value, without its references. Null for a task, and once the book let it go.</summary>
    public Payload? Value { get; set; }

    /// <summary>What stands behind the references, by place. Cleared once the book let it go.</summary>
    public required LineageSource[] Sources { get; set; }

    /// <summary>Of its task, when it last ended. While the inbox is drained.</summary>
    public int RetriesLeft { get; set; }

    public required long Bytes { get; init; }

    /// <summary>The book was full. Guarded by the book.</summary>
    public bool IsEvicted { get; set; }

    /// <summary>Its neighbours in the book, by age. Guarded by the book.</summary>
    public LineageEntry? Older { get; set; }

    /// <inheritdoc cref="Older"/>
    public LineageEntry? Newer { get; set; }
}

/// <summary>One value that another was made from.</summary>
/// <param name="State">Its record, or the handle of an actor, as long as somebody refers to it.</param>
/// <param name="Lineage">How it was made itself; null for what was put, and for what is no value.</param>
internal readonly record struct LineageSource(WeakReference<IObjectState> State, Lineage? Lineage);
