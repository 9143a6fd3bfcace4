namespace Braid.Scheduling;

/// <summary>
/// The one scheduler of a cluster: events in, commands out, no clock, thread, socket or randomness. Not thread-safe: one owner calls it, drains
/// <see cref="Commands"/> after one event or after a batch of them, and clears it.
/// </summary>
internal sealed class Scheduler(SchedulerOptions options)
{
    private readonly SchedulerOptions _options = options;

    public List<Command> Commands { get; } = [];

    public void WorkerJoined(WorkerNode worker) => throw new NotSupportedException(_options.ToString());

    /// <param name="worker">Every attempt there is over; late frames from it are ignored.</param>
    /// <param name="error">Given to tasks whose retries are used up.</param>
    /// <param name="blamed">The task for whose forced cancellation the worker was killed: only it ends, the others spend no retry.</param>
    public void WorkerLost(WorkerNode worker, object error, TaskNode? blamed) => throw new NotSupportedException();

    /// <summary>No new tasks; unstarted ones are asked back; <see cref="CommandKind.Drained"/> follows when it is empty.</summary>
    public void Drain(WorkerNode worker) => throw new NotSupportedException();

    public void Submit(TaskNode task) => throw new NotSupportedException();

    /// <summary>Enters a value as a task that is Done and cannot be rebuilt.</summary>
    public void Put(TaskNode task) => throw new NotSupportedException();

    public void Completed(WorkerNode worker, long id, int attempt, long elapsedMicroseconds) => throw new NotSupportedException();

    public void Failed(WorkerNode worker, long id, int attempt, object error, bool retryable) => throw new NotSupportedException();

    public void CancelledOn(WorkerNode worker, long id, int attempt) => throw new NotSupportedException();

    /// <summary>The attempt was given back unstarted: reclaimed, or its local dependency did not come.</summary>
    public void Returned(WorkerNode worker, long id, int attempt) => throw new NotSupportedException();

    /// <summary>A reclaim came too late.</summary>
    public void NotReturned(WorkerNode worker, long id, int attempt) => throw new NotSupportedException();

    /// <summary>The attempt waits inside its body until <paramref name="count"/> of the tasks have ended; its slot and resources are free meanwhile.</summary>
    public void Block(WorkerNode worker, long id, int attempt, ReadOnlySpan<TaskNode> waits, int count) => throw new NotSupportedException();

    /// <summary>The attempt waits no longer (a timeout, a cancelled wait): it is resumed as if its waits had ended.</summary>
    public void Unblock(WorkerNode worker, long id, int attempt) => throw new NotSupportedException();

    public void Cancel(TaskNode task, bool force) => throw new NotSupportedException();

    /// <summary>The value of a task that is Done is gone: it is run again if a retry is left, its dependencies too where they have no value.</summary>
    public void ValueLost(TaskNode task, object error) => throw new NotSupportedException();

    /// <summary>Cuts the lineage of a task that has ended: its value can no longer be lost, so its dependencies need not be kept in memory.</summary>
    public void Forget(TaskNode task) => throw new NotSupportedException();

    /// <summary>Whether some worker that is alive could ever run it.</summary>
    public bool CanEverFit(ResourceNeed? needs) => throw new NotSupportedException();

    /// <summary>Checks every invariant that can be seen from here; throws <see cref="InvalidOperationException"/> with what is wrong.</summary>
    public void Validate() => throw new NotSupportedException();
}
