namespace Braid;

/// <summary>A queue was completed: it takes no more items, and all that it had were taken.</summary>
public sealed class QueueCompletedException : BraidException
{
    internal QueueCompletedException() : base("The queue was completed: it takes no more items, and has none left.")
    {
    }
}

/// <summary>A party left a <see cref="DistributedBarrier"/> while others waited there: lost, cancelled, or over its time limit. The message says who.</summary>
public sealed class BarrierBrokenException : BraidException
{
    internal BarrierBrokenException(string message) : base(message)
    {
    }
}
