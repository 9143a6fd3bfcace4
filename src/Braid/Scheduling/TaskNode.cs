namespace Braid.Scheduling;

/// <summary>A task as the scheduler sees it. The cluster derives its own record from it and sets the public properties before <see cref="Scheduler.Submit"/>.</summary>
internal abstract class TaskNode
{
    /// <summary>Unique within a scheduler, never used again.</summary>
    public long Id { get; set; }

    /// <summary>Raised at each assignment: 1 is the first. Messages that name another attempt are stale and ignored.</summary>
    public int Attempt { get; internal set; }

    public TaskState State { get; internal set; }

    /// <summary>Without duplicates. May be in any state. Kept after the end for a rebuild, until <see cref="Scheduler.Forget"/>.</summary>
    public TaskNode[] Dependencies { get; set; } = [];

    /// <summary>Higher first; within a priority in order of submission.</summary>
    public int Priority { get; set; }

    /// <summary>How often the task may still start again after an attempt that possibly started. A task never starts more than 1 + this many times.</summary>
    public int RetriesLeft { get; set; } = 3;

    /// <summary>Null: one slot.</summary>
    public ResourceNeed? Needs { get; set; }

    /// <summary>Where it is assigned, or where it ran last. Null once it was given back or its worker lost.</summary>
    public WorkerNode? Worker { get; internal set; }

    /// <summary>Why it failed: opaque to the scheduler. A dependency's error is inherited.</summary>
    public object? Error { get; internal set; }

    /// <summary>Bytes of the value that lie at <see cref="Worker"/> and not at the driver; draws dependents there. Set by the cluster before Completed.</summary>
    public long HeldBytes { get; set; }

    /// <summary>Asked of a task that is Done when another is rebuilt from it; false makes the scheduler rebuild this one too.</summary>
    public virtual bool HasValue => true;

    /// <summary>A cancellation was asked for while it was assigned; no later attempt is made.</summary>
    public bool CancelRequested { get; internal set; }

    /// <summary>Assigned, but waiting inside its body for other tasks: holds neither slot nor resources.</summary>
    public bool Blocked { get; internal set; }

    public bool HasEnded => State >= TaskState.Done;

    /// <summary>Null for all but an actor's life and its calls. Set before <see cref="Scheduler.Submit"/>.</summary>
    public ActorRole? Role { get; set; }

    /// <summary>Order of submission; decides within a priority.</summary>
    internal long Sequence;

    /// <summary>Dependencies that had not ended when looked at and will count this down when they are done.</summary>
    internal int Pending;

    /// <summary>While Ready in the in-order part of a queue, or while Assigned, in its worker's order.</summary>
    internal TaskNode? Previous;

    /// <inheritdoc cref="Previous"/>
    internal TaskNode? Next;

    /// <summary>Null, one <see cref="TaskNode"/>, or a list of them: who is told when this one ends. Most tasks have none or one: no list then.</summary>
    internal object? Dependents;

    /// <summary>Attempts that wait inside their body for this task to end.</summary>
    internal WaitLink? Waiters;

    /// <summary>Counts the blockings of this task, so that links of an earlier one are known to be stale.</summary>
    internal int BlockNumber;

    /// <summary>While blocked: how many more of its waits must end.</summary>
    internal int WaitsLeft;

    /// <summary>How it was assigned: fixed at assignment, because the retries that decide it may change before it ends.</summary>
    internal PlacementMode Mode;

    /// <summary>The heap of its queue holds it (it came out of order), not the list.</summary>
    internal bool OutOfOrder;

    /// <summary>Sent to a worker that had no room for it, because it goes before what waits there.</summary>
    internal bool Urgent;

    /// <summary>A Reclaim is under way.</summary>
    internal bool Reclaiming;

    /// <summary>The attempt is known to run: a Reclaim came too late. It is not asked back again.</summary>
    internal bool Started;

    /// <summary>Has spent a retry on a lost worker, so it may be what ends workers.</summary>
    internal bool Suspect;

    /// <summary>Items of its stream have gone to their consumer: no other attempt may follow, whoever ended its worker.</summary>
    internal bool HandedOn;

    /// <summary>Cannot be rebuilt: it was put, or its lineage was cut.</summary>
    internal bool Rootless;

    /// <summary>In units of 1/10,000 core.</summary>
    internal long Cores => Needs is null ? ResourceNeed.Unit : Needs.Cores;

    internal void AddDependent(TaskNode dependent)
    {
        switch (Dependents)
        {
            case null:
                Dependents = dependent;
                break;
            case List<TaskNode> many:
                many.Add(dependent);
                break;
            default:
                Dependents = new List<TaskNode> { (TaskNode)Dependents, dependent };
                break;
        }
    }
}

/// <summary>One attempt that waits for a task; void once the attempt or its blocking is another one.</summary>
internal sealed class WaitLink(TaskNode waiter, WaitLink? next)
{
    public TaskNode Waiter { get; } = waiter;

    public int Attempt { get; } = waiter.Attempt;

    public int BlockNumber { get; set; } = waiter.BlockNumber;

    public WaitLink? Next { get; } = next;

    public bool IsCurrent => Waiter.Blocked && Waiter.Attempt == Attempt && Waiter.BlockNumber == BlockNumber;
}
