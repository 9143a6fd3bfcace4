namespace Braid.Wire;

/// <summary>
/// What a frame says. The grammar of every frame stands in docs/design/wire.md; the numbers are the wire's and never change meaning
/// within a <see cref="Handshake.Version"/>.
/// </summary>
internal enum FrameKind : byte
{
    // Either way.
    Define = 1,

    // Worker to driver.
    Hello = 16,
    Completed = 17,
    Failed = 18,
    CancelledOn = 19,
    Returned = 20,
    NotReturned = 21,
    Blocked = 22,
    Unblock = 23,
    Submit = 24,
    Put = 25,
    Release = 26,
    Subscribe = 27,
    CancelReference = 28,
    StreamItem = 29,
    Progress = 30,
    Overrun = 31,
    Ready = 34,
    Consumed = 35,
    Coordinate = 36,
    Lost = 48,
    StartActor = 40,
    GetActor = 41,
    Call = 42,
    ActorStarted = 43,
    Snapshot = 44,
    EndActor = 45,
    AskForRoom = 46,
    Pong = 49,

    // Driver to worker.
    Welcome = 64,
    Value = 65,
    Assign = 66,
    Cancel = 67,
    Reclaim = 68,
    Resume = 69,
    StreamCredit = 70,
    Seen = 71,
    Item = 74,
    Retire = 75,
    Coordinated = 76,
    Deadlock = 77,
    StopActor = 80,
    Ping = 96,
    Trim = 97,
}
