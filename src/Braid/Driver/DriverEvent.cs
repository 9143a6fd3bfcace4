namespace Braid.Driver;

internal enum DriverEventKind : byte
{
    Submit,
    Reject,
    Put,
    Completed,
    Failed,
    FailureJudged,
    CancelledOn,
    Returned,
    NotReturned,
    Blocked,
    Unblocked,
    Cancel,
    Subscribe,
    StreamItem,
    StreamCredit,
    Progress,
    Overrun,
    WorkerJoined,
    WorkerLost,
    WorkersExhausted,
    ValueLost,
    Scale,
    Drain,
    Tick,
    Dispose,
    Coordinate,
    CoordinationOver,

    /// <summary>Something about an actor: the number is an <see cref="ActorEvent"/>.</summary>
    Actor,
    LookForDeadlocks,
}

/// <summary>Something that happened, on its way to the scheduler. The fields mean what the kind says; see <see cref="DriverBackend"/>.</summary>
internal readonly record struct DriverEvent(
    DriverEventKind Kind, WorkerLink? Link, long Id, int Attempt, object? Subject = null, object? Payload = null, long Number = 0);
