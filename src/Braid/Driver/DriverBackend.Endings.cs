using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

// The end of one task: what awaiting its reference gives, and who else hears of it.
internal sealed partial class DriverBackend
{
    private void Ended(TaskRecord record, object? result)
    {
        _open.Remove(record);
        Volatile.Write(ref _ended, _ended + 1);
        // First, so that whoever awaits the end finds the actor's name free and room in its mailbox.
        if (record.Role is { } role)
            LeaveActor(record, role);
        switch (record.State)
        {
            case TaskState.Done:
                record.Accept(result);
                // A value in the driver's own memory cannot be lost; one in a segment can, whatever becomes of its maker. What calls return is not made again.
                var isSafe = record.Role is not null || record.Payload is not { Buffers.Length: > 0 };
                if (!isSafe)
                    record.Lineage = _lineage.Keep(record, record.Spec!);
                // First, so that whoever awaits it and sends the next large value takes the pages of what this one captured.
                if (record.Lineage is { Entry.Spec: not null })
                    record.LeaveToLineage();
                else
                    record.ForgetLineage();
                record.End(ObjectStatus.Ready, null);
                if (isSafe)
                    _scheduler.Forget(record);
                break;
            case TaskState.Failed:
                record.End(ObjectStatus.Failed, ErrorOf(((TaskNode)record).Error, record));
                record.ForgetLineage();
                break;
            default:
                EndCancelled(record);
                record.ForgetLineage();
                break;
        }

        if (record is { Role: ActorCall { IsTell: true } tell, Status: ObjectStatus.Failed })
            TellFailed(record, tell);
        foreach (var link in record.TakeSubscribers())
        {
            link.Tell(record);
            MarkDirty(link);
        }
    }

    /// <summary>The scheduler's opaque error as what awaiting the reference throws.</summary>
    private Exception ErrorOf(object? error, TaskRecord record) => error switch
    {
        ActorLoss loss => ErrorOf(loss, record),
        TaskError task => task.ToException(Session.Read<Exception>),
        Exception exception => exception,
        _ => new BraidException($"Task '{record.Name}' failed without a reason."),
    };

    private static void EndCancelled(TaskRecord record)
    {
        if (record.TimedOut)
        {
            record.End(ObjectStatus.Failed, new TimeoutException($"Task '{record.Name}' ran longer than its limit of {record.Options.Timeout}, and its worker was ended."));
            return;
        }

        // A dependency that timed out by force was a cancellation to the scheduler only.
        foreach (var dependency in record.Dependencies)
        {
            if (((TaskRecord)dependency) is { Status: ObjectStatus.Failed, Error: { } error })
            {
                record.End(ObjectStatus.Failed, error);
                return;
            }
        }

        record.End(ObjectStatus.Cancelled, new TaskCanceledException($"Task '{record.Name}' was cancelled."));
    }

    /// <summary>Whether a failure is worth another attempt is for the user's predicate to say, away from the inbox.</summary>
    private void Failed(in DriverEvent e)
    {
        if (_scheduler.Find(e.Id) is not TaskRecord { Options.RetryOn: { } retryOn, RetriesLeft: > 0 } record)
        {
            _scheduler.Failed(e.Link!, e.Id, e.Attempt, e.Payload!, retryable: false);
            return;
        }

        var failure = e;
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                object error = failure.Payload!;
                var retry = false;
                try
                {
                    retry = retryOn(ErrorOf(error, record));
                }
                catch (Exception exception)
                {
                    error = new InvalidOperationException($"RetryOn of task '{record.Name}' itself failed.", exception);
                }

                _inbox.Post(failure with { Kind = DriverEventKind.FailureJudged, Payload = error, Number = retry ? 1 : 0 });
            },
            null);
    }
}
