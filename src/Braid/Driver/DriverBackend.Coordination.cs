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

    private void Blocked(in DriverEvent e)
    {
        var wait = (BlockedOn)e.Subject!;
        _scheduler.Block(e.Link!, e.Id, e.Attempt, wait.References, int.MaxValue);
    }
}
