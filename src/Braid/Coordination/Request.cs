namespace Braid.Coordination;

internal enum RequestState : byte
{
    New,

    /// <summary>In the line of each of its targets.</summary>
    Waiting,

    /// <summary>Granted, and to be ended: it has permits, or items that were not acknowledged.</summary>
    Holding,

    Ended,
}

/// <summary>One thing asked of a primitive, from the asking until it is over. Owned by the <see cref="CoordinationMachine"/> once it was asked.</summary>
internal sealed class Request
{
    public required Operation Operation { get; init; }

    /// <summary>One, but for a take from several queues.</summary>
    public required Primitive[] Targets { get; init; }

    /// <summary>Whose it is: when that execution ends, the request does.</summary>
    public required Holder Holder { get; init; }

    /// <summary>Permits, the most items wanted, or a version: as the operation says.</summary>
    public long Number { get; init; } = 1;

    /// <summary>What is put or set; opaque here.</summary>
    public object[] Items { get; init; } = [];

    /// <summary>Refused rather than kept waiting.</summary>
    public bool IsTry { get; init; }

    /// <summary>Where the shell sends the answer; opaque here.</summary>
    public object? Origin { get; init; }

    public RequestState State { get; internal set; }

    public Primitive Target => Targets[0];

    /// <summary>Its place in the line of each target while it waits.</summary>
    internal LinkedListNode<Request>?[] Places = [];

    /// <summary>Its place among the holder's requests until it has ended.</summary>
    internal LinkedListNode<Request>? HolderPlace;

    /// <summary>Of a put: the first item that has not found room. Of a take: the first that was not acknowledged.</summary>
    internal int Next;

    /// <summary>Of a take: what it was handed, from which queue.</summary>
    internal QueueItem[] Handed = [];

    internal QueueState? Source;

    public override string ToString() => $"{Operation} of {Target} by {Holder}";
}
