using Braid.Coordination;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// The driver's end of one worker. Its verbs are called only while the inbox is drained; what they say is on its way once
/// <see cref="Flush"/> has been called, and never makes the caller wait.
/// </summary>
internal abstract class WorkerLink : WorkerNode
{
    public abstract int ProcessId { get; }

    /// <summary>What code there asks outside of any task: it ends with the worker.</summary>
    public Holder? Holder { get; set; }

    /// <summary>Requests made there by frames that have not ended, by their number there. Touched while the inbox is drained.</summary>
    public Dictionary<long, Request> Requests { get; } = [];

    /// <summary>Another worker was started in its place while it finishes what it has.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Whether something waits for <see cref="Flush"/>.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Some time has passed: a moment to look whether all is well. Of no use where a worker is threads of this process.</summary>
    public virtual void Tick()
    {
    }

    public abstract void Assign(TaskRecord task);

    public abstract void Cancel(TaskRecord task, int attempt);

    public abstract void Reclaim(TaskRecord task, int attempt);

    public abstract void Resume(TaskRecord task, int attempt);

    /// <summary>Ends an actor that lives there: with its disposal, unless it was killed.</summary>
    public abstract void StopActor(ActorRecord actor, int attempt);

    /// <summary>The consumer of a stream has room for more items.</summary>
    public abstract void Credit(TaskRecord task, int items);

    /// <summary>A task that someone on this worker asked about has ended.</summary>
    public abstract void Tell(TaskRecord task);

    /// <summary>The answer to a request that came from there by a frame.</summary>
    public abstract void Answer(long call, in Outcome outcome);

    /// <summary>A wait of the attempt is part of a cycle and ends, to break it.</summary>
    public abstract void Break(TaskRecord task, int attempt, DeadlockException deadlock);

    public abstract void Flush();

    /// <summary>Ends the worker at once; its loss is reported with the task blamed for it, if any.</summary>
    public abstract void Kill(TaskRecord? blamed);

    /// <summary>Ends a worker that has nothing left to do.</summary>
    public abstract void Retire();
}
