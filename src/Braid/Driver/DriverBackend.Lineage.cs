using Braid.Diagnostics;
using Braid.Driver.Lineage;
using Braid.Objects;

namespace Braid.Driver;

// Values that were lost after their task had ended. While the inbox is drained.
internal sealed partial class DriverBackend
{
    private readonly LineageBook _lineage;

    /// <summary>For tests: what is remembered of how values were made.</summary>
    public long LineageBytes => _lineage.Bytes;

    /// <summary>Somebody could not read a segment of a value. A late word about an earlier life of it changes nothing.</summary>
    private void ValueLost(in DriverEvent e)
    {
        var record = (TaskRecord)e.Subject!;
        var segment = new SegmentId((ulong)e.Number);
        if (record is { Status: ObjectStatus.Ready, Payload: { } payload } && payload.LiesIn(segment))
            Rebuild(record, segment);
        if (e.Link is { } reader)
            Subscribe(reader, record);
        (e.Payload as TaskCompletionSource)?.TrySetResult();
    }

    /// <summary>Nothing runs any more, so nothing is made again.</summary>
    private void ValueLostForGood(in DriverEvent e)
    {
        ((TaskRecord)e.Subject!).End(ObjectStatus.Failed, new ObjectLostException("A value is gone from shared memory: its cluster has ended.", _broken));
        (e.Payload as TaskCompletionSource)?.TrySetResult();
    }

    private void Rebuild(TaskRecord record, SegmentId segment)
    {
        BraidEvents.Log.ValueLost(record.Id, segment.ToString());
        var revival = new Revival(options => new TaskRecord<Execution.Nothing>(this, Interlocked.Increment(ref _lastId), options));
        var why = revival.Prepare(record);
        Reopen(record);
        if (why is not null)
        {
            _scheduler.Forget(record);
        }
        else
        {
            foreach (var made in revival.Made)
                Enter(made);
        }

        _scheduler.ValueLost(record, new ObjectLostException(
            $"A value is lost: segment {segment} of it is gone, cut off or cannot be read. {why ?? "Its task has no retries left."}"));
    }

    private void Enter(TaskRecord made)
    {
        if (made.Spec is null)
        {
            _scheduler.Put(made);
            made.End(ObjectStatus.Ready, null);
            return;
        }

        made.Needs = ResourceUnits.OfTask(made.Options.Resources);
        Interlocked.Increment(ref _submitted);
        _open.Add(made);
        _scheduler.Submit(made);
    }

    private void Reopen(TaskRecord record)
    {
        Interlocked.Increment(ref _submitted);
        _open.Add(record);
        record.BeginRebuilding();
    }
}
