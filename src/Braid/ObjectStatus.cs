namespace Braid;

/// <summary>How far the value behind an <see cref="ObjectRef"/> has come.</summary>
public enum ObjectStatus
{
    /// <summary>Its task waits, is queued or runs.</summary>
    Pending,

    /// <summary>The value is there.</summary>
    Ready,

    /// <summary>Its task failed: awaiting the reference throws the task's own exception.</summary>
    Failed,

    /// <summary>Its task was cancelled: awaiting the reference throws <see cref="TaskCanceledException"/>.</summary>
    Cancelled,
}
