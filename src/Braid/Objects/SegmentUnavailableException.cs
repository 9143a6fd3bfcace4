namespace Braid.Objects;

/// <summary>
/// The bytes of a value are not where they were said to be: deleted, cut off or overwritten. The cluster answers it by making the
/// value again, so it is not for users.
/// </summary>
internal sealed class SegmentUnavailableException(string message, Exception? cause = null) : BraidException(message, cause)
{
    /// <summary>Which one; null where only its bytes were seen.</summary>
    public SegmentId? Segment { get; init; }
}
