namespace Braid.Scheduling;

/// <summary>
/// An actor as the scheduler sees it: a task that lasts as long as the actor does, holds its resources and runs again when its worker is lost, and
/// the calls that go to wherever that task is. The life's attempt is the incarnation, so whatever an earlier one still reports is stale.
/// </summary>
internal sealed class ActorNode
{
    /// <param name="life">Its retries are the restarts that are left.</param>
    /// <param name="concurrency">Of each group; the first is that of calls that name none.</param>
    public ActorNode(TaskNode life, ReadOnlySpan<int> concurrency)
    {
        Life = life;
        MayRestart = life.RetriesLeft > 0;
        life.Role = new ActorRole(this);
        Groups = new ActorGroup[concurrency.Length];
        for (var i = 0; i < Groups.Length; i++)
            Groups[i] = new ActorGroup(concurrency[i]);
    }

    public TaskNode Life { get; }

    public ActorGroup[] Groups { get; }

    /// <summary>Restarts were asked for; without, an actor never comes back without the state it had, not even after a kill on purpose.</summary>
    public bool MayRestart { get; }

    /// <summary>Calls submitted and not ended.</summary>
    public long Pending { get; internal set; }

    /// <summary>Calls ever taken: tells whether anything came since.</summary>
    public long Taken { get; internal set; }

    /// <summary>Calls that it still takes before it stops by itself.</summary>
    public long CallsLeft { get; set; } = long.MaxValue;

    /// <summary>It stops when the calls taken have ended; no others are taken.</summary>
    public bool StopAsked { get; internal set; }

    /// <summary>It ends at once: calls were cancelled, nothing is disposed of.</summary>
    public bool Killed { get; internal set; }

    /// <summary>The instance of this incarnation is there.</summary>
    public bool Started { get; internal set; }

    /// <summary>The worker was told to end it.</summary>
    public bool StopSent { get; internal set; }

    /// <summary>Listed to be looked at before the event ends.</summary>
    internal bool Touched;

    /// <summary>Where it stands in the scheduler's list; -1 where it is not.</summary>
    internal int Place = -1;

    /// <summary>The calls that were submitted and have not ended, wherever they are.</summary>
    public TaskNode[] PendingCalls()
    {
        var calls = new List<TaskNode>();
        foreach (var queue in Groups.SelectMany(group => group.Queues))
        {
            for (var call = queue.First; call is not null; call = call.Next)
                calls.Add(call);
        }

        for (var task = Life.State == TaskState.Assigned ? Life.Worker!.First : null; task is not null; task = task.Next)
        {
            if (task.Role is ActorCall call && call.Actor == this)
                calls.Add(task);
        }

        return [.. calls];
    }

    public ActorState State => Life.State switch
    {
        TaskState.Waiting or TaskState.Ready => Life.Attempt == 0 ? ActorState.Waiting : ActorState.Restarting,
        TaskState.Assigned => StopSent ? ActorState.Stopping : Started ? ActorState.Alive : ActorState.Starting,
        _ => ActorState.Dead,
    };
}

/// <summary>Why a call has no value: its actor, or the incarnation that it was sent to, is gone. The error of such a call.</summary>
/// <param name="Actor">Whose call.</param>
/// <param name="Restarts">Another incarnation follows: the call may have run, its effects are lost.</param>
/// <param name="Cause">Why the worker or the actor ended; opaque to the scheduler. Null where it was stopped or killed.</param>
internal sealed record ActorLoss(ActorNode Actor, bool Restarts, object? Cause);
