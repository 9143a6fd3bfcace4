namespace Braid.Coordination;

/// <summary>How a request came out. The numbers are the wire's.</summary>
internal enum OutcomeKind : byte
{
    /// <summary>No outcome yet: it waits, and another answer follows.</summary>
    Waiting = 0,

    Granted = 1,

    /// <summary>It asked not to wait, and would have had to; or a comparison did not hold.</summary>
    Refused = 2,

    /// <summary>The queue has no more items and will get none.</summary>
    Completed = 3,

    /// <summary>A party of the barrier was lost while it waited there; the text says which.</summary>
    Broken = 4,

    /// <summary>The primitive was disposed of.</summary>
    Disposed = 5,

    /// <summary>It makes no sense to this primitive; the text says why.</summary>
    Invalid = 6,
}

/// <summary>The answer to a request.</summary>
/// <param name="Kind">How it came out.</param>
/// <param name="Number">Of a take: which of the queues. Of a variable: its version. Of a barrier: the phase that ended.</param>
/// <param name="Abandoned">What was granted was held by an execution that ended without giving it back.</param>
/// <param name="Items">Items of a queue, or the value of a variable; opaque here.</param>
/// <param name="Text">Words for people where it failed.</param>
internal readonly record struct Outcome(OutcomeKind Kind, long Number = 0, bool Abandoned = false, object[]? Items = null, string? Text = null)
{
    public static readonly Outcome Waiting = new(OutcomeKind.Waiting);
    public static readonly Outcome Granted = new(OutcomeKind.Granted);
    public static readonly Outcome Refused = new(OutcomeKind.Refused);
    public static readonly Outcome Completed = new(OutcomeKind.Completed);
    public static readonly Outcome Disposed = new(OutcomeKind.Disposed);
}

/// <summary>An outcome on its way to whoever made the request.</summary>
internal readonly record struct Answer(Request Request, Outcome Outcome);
