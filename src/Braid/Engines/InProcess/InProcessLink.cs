using System.Diagnostics;
using Braid.Actors;
using Braid.Coordination;
using Braid.Driver;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

/// <summary>
/// A worker made of threads. The same <see cref="WorkerMachine"/> as in a worker process decides which body runs when; assignments come in
/// batches at <see cref="Flush"/>, and outcomes go back in batches when a thread has no next body, or before it if somebody awaits one of them.
/// </summary>
internal sealed partial class InProcessLink : WorkerLink
{
    /// <summary>Outcomes are posted at the latest when so many wait, so that the scheduler can assign more before the threads run dry.</summary>
    private const int UnpostedOutcomesMax = 32;

    /// <summary>A thread that has run dry looks out for so long (50 µs) before it sleeps: about the cost of waking it.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    /// <summary>Of the thread that runs bodies one after the other; null on others, and in a body that has waited.</summary>
    [ThreadStatic]
    private static Turn? _turn;

    private readonly Lock _gate = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private readonly WorkerMachine _machine;

    /// <summary>Attempts that may start now. Guarded by <see cref="_gate"/>.</summary>
    private readonly Queue<InProcessTask> _runnable = [];

    /// <summary>What the machine is to be told at the next flush. Touched while the inbox is drained.</summary>
    private readonly List<(CommandKind Kind, InProcessTask? Assigned, TaskRecord Task, int Attempt)> _mail = [];

    private readonly ThreadCache _threads = new("Braid task");

    /// <summary>How many are in <see cref="_runnable"/>, for a look without the gate.</summary>
    private int _runnableCount;

    /// <summary>Threads that look out for a body.</summary>
    private int _lookingOut;

    private volatile bool _ending;
    private readonly Action _execute;

    public InProcessLink(DriverBackend driver, ClusterOptions options)
    {
        Driver = driver;
        _machine = new WorkerMachine(options.SlotCount);
        _execute = Execute;
    }

    public DriverBackend Driver { get; }

    public override int ProcessId => Environment.ProcessId;

    /// <summary>There is no process to end but the driver's own.</summary>
    public override bool CanBeKilled => false;

    public override void Assign(TaskRecord task) => _mail.Add((CommandKind.Assign, new InProcessTask(task), task, task.Attempt));

    public override void Cancel(TaskRecord task, int attempt) => _mail.Add((CommandKind.Cancel, null, task, attempt));

    public override void Reclaim(TaskRecord task, int attempt) => _mail.Add((CommandKind.Reclaim, null, task, attempt));

    public override void Resume(TaskRecord task, int attempt) => _mail.Add((CommandKind.Resume, null, task, attempt));

    public override void StopActor(ActorRecord actor, int attempt) => _mail.Add((CommandKind.StopActor, null, actor, attempt));

    public override void Credit(TaskRecord task, int items)
    {
        lock (_gate)
        {
            if (_machine.Find(task.Id, task.Attempt) is InProcessTask running)
                running.Execution?.AddCredit(items);
        }
    }

    /// <summary>Whoever waits in this process waits on the record itself.</summary>
    public override void Tell(TaskRecord task)
    {
    }

    /// <summary>Who asks in this process is answered directly.</summary>
    public override void Answer(long call, in Outcome outcome) => throw new UnreachableException("No frames come from threads of this process.");

    public override void Break(TaskRecord task, int attempt, DeadlockException deadlock)
    {
        InProcessExecution? execution;
        lock (_gate)
            execution = (_machine.Find(task.Id, attempt) as InProcessTask)?.Execution;
        execution?.Break(deadlock);
    }

    public override void Flush()
    {
        var after = new Aftermath();
        lock (_gate)
        {
            foreach (var (kind, assigned, task, attempt) in _mail)
                Deliver(kind, assigned, task, attempt);
            CarryOut(ref after);
        }

        _mail.Clear();
        // While the inbox is drained: what is posted now is handled by the same thread, next.
        if (after.Reports is not null)
            Driver.Post(after.Reports);
        Finish(in after, after.Runnable);
    }

    /// <summary>Threads cannot be ended: what runs is asked to end.</summary>
    public override void Kill(TaskRecord? blamed)
    {
        if (blamed is not null)
            Cancel(blamed, blamed.Attempt);
    }

    public override void Retire() => Driver.Post(new DriverEvent(
        DriverEventKind.WorkerLost, this, 0, 0, null, new WorkerLostException($"Worker {Id} was retired.", Id, 0)));

    /// <summary>The cluster is over: slots are nobody's to give any more, so a body that has given up its own has it back for the asking.</summary>
    public bool IsEnding => _ending;

    /// <summary>Asks everything that runs to end, and lets what waits go on so that it can. The threads end with it.</summary>
    public void End()
    {
        _ending = true;
        InProcessExecution[] running;
        lock (_gate)
            running = [.. _machine.Tasks.Select(task => ((InProcessTask)task).Execution).OfType<InProcessExecution>()];
        foreach (var execution in running)
        {
            execution.RequestCancel();
            execution.Resumed();
        }

        _threads.Close();
    }

    /// <param name="task">Whose body has ended.</param>
    /// <param name="elapsedMicroseconds">How long it ran.</param>
    /// <param name="isAwaited">Its end must not wait for the end of the next body. Who comes to await it later sees the value.</param>
    public void Completed(InProcessTask task, long elapsedMicroseconds, bool isAwaited) =>
        Report(task, hasValue: true, isAwaited, new DriverEvent(DriverEventKind.Completed, this, task.Id, task.Attempt, null, null, elapsedMicroseconds));

    public void Failed(InProcessTask task, Exception exception) =>
        Report(task, hasValue: false, isAwaited: true, new DriverEvent(DriverEventKind.Failed, this, task.Id, task.Attempt, null, exception));

    public void Cancelled(InProcessTask task) =>
        Report(task, hasValue: false, isAwaited: true, new DriverEvent(DriverEventKind.CancelledOn, this, task.Id, task.Attempt));

    public void Blocked(InProcessTask task, TaskWait wait, int underWay)
    {
        var waits = new TaskNode[wait.References.Count];
        for (var i = 0; i < waits.Length; i++)
            waits[i] = wait.References[i] as TaskRecord ?? ((ActorHandle)wait.References[i]).Record;
        // What this thread has ended before must not wait for the end of a body that itself waits.
        if (_turn is { } turn)
        {
            Post(turn);
            _turn = null;
        }

        // The machine first: the scheduler may answer at once, on this very thread, that a cancelled task is to go on.
        StillBlocked(task);
        Driver.Post(new DriverEvent(DriverEventKind.Blocked, this, task.Id, task.Attempt, new BlockedOn(waits, wait.Needed, wait.EndsByItself, wait.Call, 0, underWay)));
    }

    public void StillBlocked(InProcessTask task)
    {
        var after = new Aftermath();
        lock (_gate)
        {
            _machine.Blocked(task);
            CarryOut(ref after);
        }

        Debug.Assert(after.Reports is null, "blocking reports nothing");
        Finish(in after, after.Runnable);
    }

    private void Report(InProcessTask task, bool hasValue, bool isAwaited, in DriverEvent outcome)
    {
        task.Let();
        if (_turn is { } turn && turn.Running == task)
        {
            // This thread takes the next body itself, and the gate once for both.
            turn.Ended = task;
            turn.HasValue = hasValue;
            turn.IsAwaited |= isAwaited;
            turn.Outcomes.Add(outcome);
            return;
        }

        var after = new Aftermath();
        lock (_gate)
            End(task, hasValue, ref after);
        Driver.Post(outcome);
        if (after.Reports is not null)
            Driver.Post(after.Reports);
        Finish(in after, after.Runnable);
    }

    /// <summary>Under the gate.</summary>
    private void End(InProcessTask task, bool hasValue, ref Aftermath after)
    {
        if (hasValue)
            _machine.Finished(task);
        else
            _machine.Failed(task);
        CarryOut(ref after);
    }

    private void Deliver(CommandKind kind, InProcessTask? assigned, TaskRecord task, int attempt)
    {
        switch (kind)
        {
            case CommandKind.Assign:
                assigned!.Belong(HostOf(task));
                _machine.Assign(assigned, LocalDependencies(task));
                break;
            case CommandKind.StopActor:
                EndActor((ActorRecord)task, attempt);
                break;
            case CommandKind.Cancel:
                _machine.Cancel(task.Id, attempt);
                break;
            case CommandKind.Reclaim:
                _machine.Reclaim(task.Id, attempt);
                break;
            default:
                _machine.Resume(task.Id, attempt);
                break;
        }
    }

    private static long[] LocalDependencies(TaskRecord task)
    {
        if (task.Dependencies.Length == 0)
            return [];
        return [.. task.Dependencies.Where(dependency => dependency.State != TaskState.Done).Select(dependency => dependency.Id)];
    }

    /// <summary>Does what the machine commands. Under the gate.</summary>
    private void CarryOut(ref Aftermath after)
    {
        foreach (var command in _machine.Commands)
        {
            var task = (InProcessTask)command.Task;
            switch (command.Kind)
            {
                case MachineCommandKind.Run:
                    _runnable.Enqueue(task);
                    Volatile.Write(ref _runnableCount, _runnable.Count);
                    after.Runnable++;
                    break;
                case MachineCommandKind.Continue:
                    (after.Continued ??= []).Add(task.Execution!);
                    break;
                case MachineCommandKind.SignalCancel:
                    task.Execution?.RequestCancel();
                    break;
                case MachineCommandKind.Return:
                    (after.Reports ??= []).Add(new DriverEvent(DriverEventKind.Returned, this, task.Id, task.Attempt));
                    break;
                case MachineCommandKind.Keep:
                    (after.Reports ??= []).Add(new DriverEvent(DriverEventKind.NotReturned, this, task.Id, task.Attempt));
                    break;
                case MachineCommandKind.ReportCancelled:
                    (after.Reports ??= []).Add(new DriverEvent(DriverEventKind.CancelledOn, this, task.Id, task.Attempt));
                    break;
                case MachineCommandKind.Release:
                    break;
                default:
                    throw new UnreachableException($"No such command: {command.Kind}.");
            }
        }

        _machine.Commands.Clear();
#if DEBUG
        _machine.Validate();
#endif
    }

    /// <summary>What is left to do once the gate is open.</summary>
    private struct Aftermath
    {
        public StructList<DriverEvent>? Reports;
        public List<InProcessExecution>? Continued;
        public int Runnable;
    }
}
