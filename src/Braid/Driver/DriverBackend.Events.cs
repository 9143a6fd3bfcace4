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

    private void Handle(StructList<DriverEvent> events)
    {
        foreach (ref readonly var e in events)
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
                if (BraidMetrics.WorkersStarted.Enabled)
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
        // Its token may be signalled already. An actor's calls keep their order, so theirs are cancelled once they have their place.
        if (record.Options.CancellationToken.IsCancellationRequested && record.Role is null)
            _scheduler.SubmitCancelled(record);
        else
            _scheduler.Submit(record);
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
}
