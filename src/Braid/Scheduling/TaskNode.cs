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
}
