using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>
/// The one scheduler of a cluster: events in, commands out, no clock, thread, socket or randomness. Not thread-safe: one owner calls it, drains
/// <see cref="Commands"/> after one event or after a batch of them, and clears it. Frames of one worker must be reported in the order in which it
/// wrote them, each at least once; between workers no order is assumed. States, transitions and reasons: docs/design/scheduling.md.
/// </summary>
/// <remarks>This part takes the cluster's events; the others take the workers' (Reports), end tasks (Endings) and place them (Placement).</remarks>
internal sealed partial class Scheduler(SchedulerOptions options)
{
    private readonly SchedulerOptions _options = options;

    /// <summary>Joined and not lost, in order of joining.</summary>
    private readonly List<WorkerNode> _workers = [];

    /// <summary>Every task in state Assigned, and no other.</summary>
    private readonly AssignedTable _assigned = new();

    /// <summary>Every task in state Ready, and no other.</summary>
    private readonly ReadyQueues _ready = new();

    private long _sequence;

    /// <summary>Some value was lost once: from then on dependencies are looked at again before a task is assigned.</summary>
    private bool _valuesLost;

    public StructList<Command> Commands { get; } = [];

    /// <summary>Tasks that could run and are not yet sent anywhere.</summary>
    public int ReadyCount => _ready.Count;

    /// <summary>Tasks sent to workers.</summary>
    public int AssignedCount => _assigned.Count;

    /// <summary>Enters a task and places it when its dependencies are done; a dependency that has failed or was cancelled ends it at once.</summary>
    public void Submit(TaskNode task)
    {
        Debug.Assert(task is { State: TaskState.Waiting, Sequence: 0, Attempt: 0 });
        task.Sequence = ++_sequence;
        _lowestPriority = Math.Min(_lowestPriority, task.Priority);
        if (task.Role is { } role)
        {
            if (role is ActorCall call)
            {
                SubmitCall(task, call);
                Dispatch();
                return;
            }
            EnterActor(role.Actor);
        }
        if (task.Dependencies.Length == 0 || Register(task))
        {
            if (TryAssignAtOnce(task))
                return;
            MakeReady(task);
        }
        else if (task.State == TaskState.Waiting)
            FollowDependencies(task);
        Dispatch();
    }

    /// <summary>Enters a task that may not run at all as Failed, so that what was submitted to depend on it fails too.</summary>
    public void Reject(TaskNode task, object error)
    {
        Debug.Assert(task is { State: TaskState.Waiting, Sequence: 0, Attempt: 0 });
        task.Sequence = ++_sequence;
        End(task, TaskState.Failed, error);
    }

    /// <summary>Enters a task that was cancelled before it was submitted: it never runs.</summary>
    public void SubmitCancelled(TaskNode task)
    {
        Debug.Assert(task is { State: TaskState.Waiting, Sequence: 0, Attempt: 0, Role: null });
        task.Sequence = ++_sequence;
        End(task, TaskState.Cancelled, null);
    }

    /// <summary>Enters a value as a task that is Done and cannot be rebuilt.</summary>
    public void Put(TaskNode task)
    {
        Debug.Assert(task is { State: TaskState.Waiting, Sequence: 0, Attempt: 0 });
        task.Sequence = ++_sequence;
        task.State = TaskState.Done;
        task.Rootless = true;
    }

    /// <summary>
    /// Ends a task that has not been sent at once, as Cancelled, and its dependents with it. One that was sent ends when its worker answers; a value
    /// that comes nevertheless stands. With <paramref name="force"/> the worker is killed, if it can be, and only this task ends with it.
    /// </summary>
    public void Cancel(TaskNode task, bool force)
    {
        switch (task.State)
        {
            case TaskState.Waiting:
                End(task, TaskState.Cancelled, null);
                break;
            case TaskState.Ready:
                if (task.Role is not ActorCall)
                    RemoveReady(task);
                End(task, TaskState.Cancelled, null);
                break;
            case TaskState.Assigned:
                CancelAssigned(task, force);
                break;
        }
        Dispatch();
    }

    /// <summary>
    /// The value of a task that is Done is gone: the task runs again if a retry is left, and its dependencies too where they have no value. It fails with
    /// <paramref name="error"/> when no retry is left, when it was <see cref="Put"/>, or after <see cref="Forget"/>.
    /// </summary>
    public void ValueLost(TaskNode task, object error)
    {
        if (task.State != TaskState.Done)
            return;
        _valuesLost = true;
        var rebuilt = new List<TaskNode> { task };
        task.State = TaskState.Waiting;
        // First every state, then the dependencies: a task must see whether the one before it is rebuilt or failed.
        for (var i = 0; i < rebuilt.Count; i++)
        {
            var lost = rebuilt[i];
            lost.HeldBytes = 0;
            lost.Worker = null;
            if (lost.Rootless || lost.RetriesLeft == 0)
                continue;
            foreach (var dependency in lost.Dependencies)
            {
                if (dependency.State != TaskState.Done || dependency.HasValue)
                    continue;
                dependency.State = TaskState.Waiting;
                rebuilt.Add(dependency);
            }
        }
        for (var i = rebuilt.Count - 1; i >= 0; i--)
        {
            var lost = rebuilt[i];
            if (lost.Rootless || lost.RetriesLeft == 0)
            {
                End(lost, TaskState.Failed, error);
                continue;
            }
            lost.RetriesLeft--;
            if (Register(lost))
                MakeReady(lost);
        }
        Dispatch();
    }

    /// <summary>Cuts the lineage of a task that has ended: its value cannot be lost any more, so its dependencies need not stay in memory.</summary>
    public void Forget(TaskNode task)
    {
        Debug.Assert(task.Sequence > 0 && task.Sequence <= _sequence);
        if (!task.HasEnded)
            return;
        task.Dependencies = [];
        task.Rootless = true;
    }

    /// <summary>
    /// Counts the dependencies that have not ended and asks them to tell. True when there are none; false when there are some, or when one ended without
    /// a value and so the task has ended too.
    /// </summary>
    private bool Register(TaskNode task)
    {
        Debug.Assert(task is { State: TaskState.Waiting, Pending: 0 });
        foreach (var dependency in task.Dependencies)
        {
            switch (dependency.State)
            {
                case TaskState.Done:
                    break;
                case TaskState.Failed or TaskState.Cancelled:
                    End(task, dependency.State, dependency.Error);
                    return false;
                default:
                    dependency.AddDependent(task);
                    task.Pending++;
                    break;
            }
        }
        return task.Pending == 0;
    }

    private void MakeReady(TaskNode task)
    {
        Debug.Assert(task is { Pending: 0, State: TaskState.Waiting });
        if (task.Role is ActorCall call)
        {
            MakeCallReady(task, call);
            return;
        }
        task.State = TaskState.Ready;
        _ready.Add(task);
    }

    private void RemoveReady(TaskNode task)
    {
        if (_ready.Remove(task) is { Reserved: not null } emptied)
            EndReservation(emptied);
    }

    private void CancelAssigned(TaskNode task, bool force)
    {
        var worker = task.Worker!;
        if (!task.CancelRequested)
        {
            task.CancelRequested = true;
            Commands.Add(new Command(CommandKind.Cancel, worker, task, task.Attempt));
            // Its wait is over: it must run to see that it is cancelled.
            if (task.Blocked)
                MakeResumable(task);
        }
        if (!force || worker.Condemned || !worker.CanBeKilled)
            return;
        worker.Condemned = true;
        Touch(worker);
        Commands.Add(new Command(CommandKind.Kill, worker, task, task.Attempt));
    }
}
