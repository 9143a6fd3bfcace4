using System.Diagnostics;
using Braid.Diagnostics;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

// What happens while the inbox is drained: each event goes to the scheduler, and what it commands is done.
internal sealed partial class DriverBackend
{
    private readonly Scheduler _scheduler = new(new SchedulerOptions());

    /// <summary>Links that have something to send at the end of the batch.</summary>
    private readonly List<WorkerLink> _dirty = [];

    /// <summary>Records not ended, for <see cref="Crash"/> and disposal: only those can leave somebody waiting.</summary>
    private readonly OpenTasks _open = new();

    /// <summary>Why nothing more can run; null while all is well.</summary>
    private Exception? _broken;

    private void Handle(List<DriverEvent> events)
    {
        foreach (ref readonly var e in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(events))
        {
            if (_broken is null)
                Handle(in e);
            else
                HandleBroken(in e);
            if (_workers.HasSurplus && _broken is null)
                DrainSurplus();
            CarryOut(in e);
#if DEBUG
            _scheduler.Validate();
#endif
        }

        if (_drained.Count > 0)
            TellDrained();
        foreach (var link in _dirty)
        {
            link.IsDirty = false;
            link.Flush();
        }

        _dirty.Clear();
    }

    private void Handle(in DriverEvent e)
    {
        switch (e.Kind)
        {
            case DriverEventKind.Submit:
                Submitted((TaskRecord)e.Subject!);
                break;
            case DriverEventKind.Reject:
                // Counted like any other, as its end will be.
                Interlocked.Increment(ref _submitted);
                _open.Add((TaskRecord)e.Subject!);
                _scheduler.Reject((TaskRecord)e.Subject!, e.Payload!);
                break;
            case DriverEventKind.Put:
                _scheduler.Put((TaskRecord)e.Subject!);
                ((TaskRecord)e.Subject!).End(ObjectStatus.Ready, null);
                break;
            case DriverEventKind.Completed:
                if (BraidMetrics.TaskDuration.Enabled)
                    BraidMetrics.TaskDuration.Record(e.Number / 1e6);
                AttemptEnded(in e);
                _scheduler.Completed(e.Link!, e.Id, e.Attempt, e.Number);
                break;
            case DriverEventKind.Failed:
                AttemptEnded(in e);
                Failed(in e);
                break;
            case DriverEventKind.FailureJudged:
                _scheduler.Failed(e.Link!, e.Id, e.Attempt, e.Payload!, retryable: e.Number != 0);
                break;
            case DriverEventKind.CancelledOn:
                AttemptEnded(in e);
                _scheduler.CancelledOn(e.Link!, e.Id, e.Attempt);
                break;
            case DriverEventKind.Returned:
                _scheduler.Returned(e.Link!, e.Id, e.Attempt);
                break;
            case DriverEventKind.NotReturned:
                _scheduler.NotReturned(e.Link!, e.Id, e.Attempt);
                break;
            case DriverEventKind.Blocked:
                Blocked(in e);
                break;
            case DriverEventKind.LookForDeadlocks:
                _deadlocks.Look();
                break;
            case DriverEventKind.Unblocked:
                _deadlocks.Unblocked(e.Id, e.Attempt);
                _scheduler.Unblock(e.Link!, e.Id, e.Attempt);
                break;
            case DriverEventKind.Coordinate:
                _coordination.Ask(in e);
                break;
            case DriverEventKind.CoordinationOver:
                _coordination.Over(in e);
                break;
            case DriverEventKind.Cancel:
                _scheduler.Cancel((TaskRecord)e.Subject!, force: e.Number != 0);
                break;
            case DriverEventKind.Subscribe:
                Subscribe(e.Link!, (TaskRecord)e.Subject!);
                break;
            case DriverEventKind.StreamItem:
                StreamItem(in e);
                break;
            case DriverEventKind.StreamCredit:
                StreamCredit((TaskRecord)e.Subject!, (int)e.Number);
                break;
            case DriverEventKind.Progress:
                if (_scheduler.Find(e.Id) is TaskRecord { Progress: { } progress } reporting && reporting.Attempt == e.Attempt)
                    progress.Report(BitConverter.Int64BitsToDouble(e.Number));
                break;
            case DriverEventKind.Overrun:
                Overrun(e.Id, e.Attempt);
                break;
            case DriverEventKind.WorkerJoined:
                BraidMetrics.WorkersStarted.Add(1);
                BraidEvents.Log.WorkerReady(e.Link!.Id, e.Link.ProcessId, e.Link.Slots);
                Joined(e.Link!);
                break;
            case DriverEventKind.WorkerLost:
                BraidMetrics.WorkersLost.Add(1);
                BraidEvents.Log.WorkerLost(e.Link!.Id, ((Exception)e.Payload!).Message);
                _coordination.WorkerLost(e.Link!);
                _deadlocks.WorkerLost(e.Link!);
                _scheduler.WorkerLost(e.Link!, e.Payload!, (TaskNode?)e.Subject);
                _workers.Lost(e.Link!);
                break;
            case DriverEventKind.WorkersExhausted:
                BraidEvents.Log.WorkersExhausted(((Exception)e.Payload!).Message);
                if (_workers.IsEmpty)
                    EndAll(ObjectStatus.Failed, (Exception)e.Payload!);
                break;
            case DriverEventKind.ValueLost:
                ValueLost(in e);
                break;
            case DriverEventKind.Scale:
                Scale((int)e.Number, (TaskCompletionSource)e.Subject!);
                break;
            case DriverEventKind.Drain:
                _drained.Add((TaskCompletionSource)e.Subject!);
                break;
            case DriverEventKind.Tick:
                Tick(in e);
                break;
            case DriverEventKind.Dispose:
                CancelAll((TaskCompletionSource)e.Subject!);
                break;
            case DriverEventKind.Actor:
                HandleActor(in e);
                break;
            default:
                throw new UnreachableException($"No such event: {e.Kind}.");
        }
    }

    /// <summary>All has ended, and the workers are told so or are about to be: nothing more is decided, and nothing sent.</summary>
    private void HandleBroken(in DriverEvent e)
    {
        switch (e.Kind)
        {
            case DriverEventKind.Submit:
                Submitted((TaskRecord)e.Subject!);
                break;
            case DriverEventKind.Put:
                ((TaskRecord)e.Subject!).End(ObjectStatus.Ready, null);
                break;
            case DriverEventKind.WorkerLost:
                _workers.Lost(e.Link!);
                break;
            case DriverEventKind.Coordinate:
                DriverCoordination.Refuse(in e, _broken!);
                break;
            case DriverEventKind.ValueLost:
                ValueLostForGood(in e);
                break;
            case DriverEventKind.Actor when (ActorEvent)e.Number == ActorEvent.Room:
                LetGo((TaskRecord)e.Payload!);
                break;
            case DriverEventKind.Scale:
                ((TaskCompletionSource)e.Subject!).TrySetException(_broken!);
                break;
            case DriverEventKind.Drain:
                _drained.Add((TaskCompletionSource)e.Subject!);
                break;
            case DriverEventKind.Dispose:
                CancelAll((TaskCompletionSource)e.Subject!);
                break;
        }
    }

    private void CarryOut(in DriverEvent e)
    {
        var commands = _scheduler.Commands;
        // By index: carrying one out never adds to the list, but ending a task may be the first of thousands.
        for (var i = 0; i < commands.Count; i++)
        {
            var command = commands[i];
            var link = (WorkerLink?)command.Worker;
            var task = (TaskRecord?)command.Task;
            switch (command.Kind)
            {
                case CommandKind.Assign:
                    link!.Assign(task!);
                    MarkDirty(link);
                    // That was its last: what it sends itself, and waits for, needs another worker.
                    if (link.State == WorkerState.Draining && !link.IsReplaced)
                        _workers.Retiring(link);
                    break;
                case CommandKind.Cancel:
                    link!.Cancel(task!, command.Attempt);
                    MarkDirty(link);
                    break;
                case CommandKind.Reclaim:
                    link!.Reclaim(task!, command.Attempt);
                    MarkDirty(link);
                    break;
                case CommandKind.Resume:
                    link!.Resume(task!, command.Attempt);
                    MarkDirty(link);
                    break;
                case CommandKind.StopActor:
                    link!.StopActor((ActorRecord)task!, command.Attempt);
                    MarkDirty(link);
                    break;
                case CommandKind.Kill:
                    link!.Kill(task);
                    break;
                case CommandKind.Drained:
                    link!.Retire();
                    break;
                case CommandKind.Ended:
                    Ended(task!, task!.Id == e.Id && e.Kind == DriverEventKind.Completed ? e.Payload : null);
                    break;
                default:
                    throw new UnreachableException($"No such command: {command.Kind}.");
            }
        }

        commands.Clear();
    }

    private void Joined(WorkerLink link)
    {
        _workers.Joined(link);
        if (link.State == WorkerState.Lost)
        {
            // It died between its last word before this and its entry: its end was told first.
            _workers.Lost(link);
            return;
        }

        _scheduler.WorkerJoined(link);
        // Fewer may be wanted by now than when it was started.
        DrainSurplus();
    }

    /// <summary>The link has something to send at the end of the batch. While the inbox is drained.</summary>
    public void MarkDirty(WorkerLink link)
    {
        if (link.IsDirty)
            return;
        link.IsDirty = true;
        _dirty.Add(link);
    }

    private void Submitted(TaskRecord record)
    {
        if (_broken is not null)
        {
            record.End(_broken is OperationCanceledException ? ObjectStatus.Cancelled : ObjectStatus.Failed, _broken);
            Volatile.Write(ref _ended, _ended + 1);
            return;
        }

        _open.Add(record);
        _scheduler.Submit(record);
    }

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

    private void Subscribe(WorkerLink link, TaskRecord record)
    {
        if (record.Status == ObjectStatus.Pending)
        {
            record.AddSubscriber(link);
            return;
        }

        link.Tell(record);
        MarkDirty(link);
    }

    private void StreamItem(in DriverEvent e)
    {
        if (_scheduler.Find(e.Id) is TaskRecord { Stream: { } stream } && _scheduler.ItemArrived(e.Link!, e.Id, e.Attempt))
            stream.Push(e.Payload!);
    }

    private void StreamCredit(TaskRecord record, int credit)
    {
        record.Stream?.Consumed(credit);
        if (record.State != TaskState.Assigned || record.Worker is not WorkerLink link)
            return;
        link.Credit(record, credit);
        MarkDirty(link);
    }

    private void Overrun(long id, int attempt)
    {
        if (_scheduler.Find(id) is not TaskRecord record || record.Attempt != attempt)
            return;
        record.TimedOut = true;
        _scheduler.Cancel(record, force: true);
    }

    private void CancelAll(TaskCompletionSource quiet)
    {
        EndAll(ObjectStatus.Cancelled, new TaskCanceledException("The cluster was disposed of."));
        quiet.TrySetResult();
    }

    /// <summary>A fault of Braid's own: the cluster can no longer keep its promises, and says so to all that wait.</summary>
    private void Crash(Exception exception, List<DriverEvent> batch)
    {
        BraidEvents.Log.ClusterBroke(exception.ToString());
        _scheduler.Commands.Clear();
        EndAll(ObjectStatus.Failed, new BraidException($"The cluster broke: {exception.Message} Please report this with the inner exception.", exception));
        // Nobody looks at the rest of the batch: what was to begin with it must not be waited for.
        foreach (ref readonly var e in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch))
        {
            if (e is { Kind: DriverEventKind.Submit, Subject: TaskRecord { Status: ObjectStatus.Pending } record })
                Submitted(record);
            else if (e.Kind == DriverEventKind.Coordinate)
                DriverCoordination.Refuse(in e, _broken!);
            else if (e.Kind is DriverEventKind.ValueLost or DriverEventKind.Scale or DriverEventKind.Drain)
                HandleBroken(in e);
            else if (e.Kind == DriverEventKind.Dispose)
                ((TaskCompletionSource)e.Subject!).TrySetResult();
        }
    }

    /// <summary>Ends all that is pending, and from now on all that is submitted, with an error.</summary>
    private void EndAll(ObjectStatus status, Exception error)
    {
        _broken ??= error;
        _coordination.EndAll(error);
        while (_open.TakeAny() is { } record)
        {
            if (record is ActorRecord actor)
                ForgetActor(actor);
            record.End(status, error);
            Volatile.Write(ref _ended, _ended + 1);
        }
    }
}
