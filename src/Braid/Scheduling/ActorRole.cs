namespace Braid.Scheduling;

/// <summary>What a task is to an actor: its life, which lasts from the constructor to the end, or one of its calls.</summary>
internal class ActorRole(ActorNode actor)
{
    public ActorNode Actor => actor;
}

/// <inheritdoc cref="ActorRole"/>
/// <param name="actor">Whose call.</param>
/// <param name="caller">Calls of one caller to one group are sent in the order in which they were submitted.</param>
/// <param name="group">Index of the concurrency group.</param>
internal sealed class ActorCall(ActorNode actor, long caller, int group) : ActorRole(actor)
{
    /// <summary>A call takes none of its worker's slots: the actor has turns of its own.</summary>
    public static readonly ResourceNeed NoSlot = new(0);

    public long Caller => caller;

    public ActorGroup Group => Actor.Groups[group];

    public int GroupIndex => group;

    /// <summary>Where it waits to be sent; null before it is submitted, and once it was sent or has ended.</summary>
    internal CallQueue? Queue;

    /// <summary>What must stay reachable until the call has ended; opaque to the scheduler.</summary>
    public object? Hold { get; set; }

    /// <summary>Nobody has a reference to its result.</summary>
    public bool IsTell { get; init; }

    /// <summary>Is one of <see cref="ActorNode.Pending"/>.</summary>
    internal bool Counted;
}
