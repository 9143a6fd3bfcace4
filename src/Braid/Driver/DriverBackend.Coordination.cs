using Braid.Scheduling;

namespace Braid.Driver;

// What the primitives' shell needs of the scheduler. While the inbox is drained.
internal sealed partial class DriverBackend
{
    /// <summary>Null once the attempt has ended.</summary>
    public TaskRecord? FindAttempt(long id, int attempt) =>
        _scheduler.Find(id) is TaskRecord record && record.Attempt == attempt ? record : null;

    public void PutPrimitive(PrimitiveRecord record)
    {
        _scheduler.Put(record);
        record.End(ObjectStatus.Ready, null);
    }

    /// <summary>Whether any task that has not ended can go on: those of the waiters that are stuck are known to the caller.</summary>
    public bool CanAnyGoOn(Predicate<TaskRecord> isStuck) => _open.Exists(record => !isStuck(record));

    /// <summary>Raised by whatever may change who waits for whom.</summary>
    public long WaitChanges => _coordination.Changes + _ended;

    private void Blocked(in DriverEvent e)
    {
        var wait = (BlockedOn)e.Subject!;
        _scheduler.Block(e.Link!, e.Id, e.Attempt, wait.References, int.MaxValue);
        if (FindAttempt(e.Id, e.Attempt) is { Blocked: true } task && task.Worker == e.Link)
            _deadlocks.Blocked(task, e.Link!, wait);
    }

    private void AttemptEnded(in DriverEvent e)
    {
        _coordination.AttemptEnded(e.Id, e.Attempt);
        _deadlocks.Unblocked(e.Id, e.Attempt);
    }
}
