namespace Braid.Scheduling;

/// <summary>Where an actor stands. The whole table, with reasons, is in docs/design/actors.md.</summary>
internal enum ActorState : byte
{
    /// <summary>Its first incarnation has no place yet: dependencies of the constructor pend, or no worker has the resources.</summary>
    Waiting,

    /// <summary>Its constructor was sent to a worker.</summary>
    Starting,

    /// <summary>The instance is there and takes calls.</summary>
    Alive,

    /// <summary>An incarnation was lost and the next has no place yet.</summary>
    Restarting,

    /// <summary>The worker was told to end it; no call is sent any more.</summary>
    Stopping,

    Dead,
}
