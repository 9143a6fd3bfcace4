namespace Braid.Engines.Processes;

/// <summary>What a worker says of a task that it submits. The numbers are on the wire.</summary>
[Flags]
internal enum SubmitFlags : byte
{
    None = 0,
    Stream = 1,

    /// <summary>Its token was signalled before it was submitted.</summary>
    Cancelled = 2,
}
