namespace Braid.Coordination;

/// <summary>What is asked of a primitive. The numbers are the wire's.</summary>
internal enum Operation : byte
{
    /// <summary>Of a semaphore or a lock: permits, held until the request is ended.</summary>
    Acquire = 1,

    /// <summary>Of a queue: to take the items in.</summary>
    Put = 2,

    /// <summary>Of one queue or several: items from whichever has some.</summary>
    Take = 3,

    /// <summary>Of a queue: no items come after those that it has.</summary>
    Complete = 4,

    /// <summary>Of an event, or of a variable with an item.</summary>
    Set = 5,

    /// <summary>Of an event, or of a broken barrier.</summary>
    Reset = 6,

    /// <summary>Of an event: until it is set. Of a variable: until its version is above the request's number.</summary>
    Wait = 7,

    /// <summary>Of a barrier.</summary>
    Arrive = 8,

    /// <summary>Of a variable: its value. Of the others: how much there is, as a number.</summary>
    Get = 9,

    /// <summary>Of a variable: sets the item if the version is still the request's number.</summary>
    CompareExchange = 10,

    /// <summary>Of any: what waits fails, and whatever is asked later.</summary>
    Dispose = 11,

    /// <summary>Not a request of its own: the earlier one is over. It is withdrawn, or gives back what it holds.</summary>
    End = 32,

    /// <summary>Not a request of its own: so many of the items that the earlier one was handed have been taken.</summary>
    Acknowledge = 33,

    /// <summary>Not a request: makes a primitive, or finds the one of that name.</summary>
    Create = 34,
}

/// <summary>What a primitive is. The numbers are the wire's.</summary>
internal enum PrimitiveKind : byte
{
    Lock = 1,
    Semaphore = 2,
    Queue = 3,
    Event = 4,
    Barrier = 5,
    Variable = 6,
}
