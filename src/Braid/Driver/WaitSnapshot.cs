using Braid.Coordination;
using Braid.Deadlocks;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>The waiters of one moment: the blocked tasks, and the tasks that have not started among those they wait for.</summary>
internal sealed class WaitSnapshot
{
    /// <summary>Searches that a wait must have lasted for.</summary>
    private const int LooksMin = 2;

    private readonly Dictionary<long, BlockedTask> _blocked;

    /// <summary>Null for those that can go on.</summary>
    private readonly Dictionary<TaskNode, Waiter?> _waiters = [];

    /// <summary>Met, and their own waits not yet entered.</summary>
    private readonly Queue<(TaskNode Task, Waiter Waiter)> _open = new();

    /// <summary>Calls of actors that wait inside their bodies, by the group whose turns they keep meanwhile.</summary>
    private readonly Dictionary<ActorGroup, List<TaskNode>> _turns = [];

    public WaitSnapshot(Dictionary<long, BlockedTask> blocked)
    {
        _blocked = blocked;
        Graph = new WaitGraph(Find);
        foreach (var task in blocked.Values)
        {
            if (((TaskNode)task.Task).Role is not ActorCall call || !IsHeldUp(task.Task))
                continue;
            if (!_turns.TryGetValue(call.Group, out var keepers))
                _turns[call.Group] = keepers = [];
            keepers.Add(task.Task);
        }

        foreach (var task in blocked.Values)
            WaiterOf(task.Task);
        while (_open.TryDequeue(out var next))
        {
            if (next.Waiter.Runs)
                EnterWaits(_blocked[next.Task.Id], next.Waiter);
            else if (KeepersOfTurns(next.Task) is { } keepers)
                next.Waiter.Waits.Add(WaitFor([.. keepers], 1));
            else
                next.Waiter.Waits.Add(WaitFor(next.Task.Dependencies, next.Task.Dependencies.Length));
            Graph.Add(next.Waiter);
        }
    }

    public WaitGraph Graph { get; }

    public Waiter? Find(Holder holder) => holder is TaskHolder task ? _waiters.GetValueOrDefault(task.Task) : null;

    /// <summary>Asked after the graph was reduced.</summary>
    public bool IsStuck(TaskRecord task)
    {
        if (_waiters.TryGetValue(task, out var known))
            return known is { IsStuck: true };
        // Not started, and nobody waits for it: as stuck as what it depends on. A dependency was submitted before, and is asked by itself too, so
        // one level is enough to find whoever can go on.
        return IsPending(task) && task.Dependencies.Any(dependency => !dependency.HasEnded);
    }

    private static bool IsPending(TaskNode task) => task.State == TaskState.Waiting || task is { State: TaskState.Assigned, Blocked: false, Pending: > 0 };

    /// <summary>
    /// All turns of the call's group are taken by calls that wait, so it has not begun, wherever it is: the end of one of them would let it. Null
    /// for what is no call, and for a call that may have a turn.
    /// </summary>
    private List<TaskNode>? KeepersOfTurns(TaskNode task) =>
        task is { Role: ActorCall call, HasEnded: false } && _turns.TryGetValue(call.Group, out var keepers) && keepers.Count >= call.Group.Concurrency
            && !keepers.Contains(task)
            ? keepers
            : null;

    private Waiter? WaiterOf(TaskNode task)
    {
        if (_waiters.TryGetValue(task, out var known))
            return known;
        var waiter = IsHeldUp(task) ? new Waiter(task, task.Sequence, runs: true)
            : IsPending(task) || KeepersOfTurns(task) is not null ? new Waiter(task, task.Sequence, runs: false)
            : null;
        _waiters.Add(task, waiter);
        if (waiter is not null)
            _open.Enqueue((task, waiter));
        return waiter;
    }

    /// <summary>It waits inside its body, has done so for a while, and all that it does is known.</summary>
    private bool IsHeldUp(TaskNode task) =>
        task is { Blocked: true, CancelRequested: false } && _blocked.TryGetValue(task.Id, out var blocked) && blocked.Attempt == task.Attempt
        && blocked is { IsUnclear: false, IsBroken: false, Looks: >= LooksMin };

    private void EnterWaits(BlockedTask blocked, Waiter waiter)
    {
        foreach (var wait in blocked.Waits)
        {
            if (wait.EndsByItself)
                waiter.Waits.Add(new Wait());
            else if (wait.IsForRequest)
                waiter.Waits.Add(DriverCoordination.RequestOf(blocked.Link, wait) is { } request ? new Wait { Request = request } : new Wait());
            else
                waiter.Waits.Add(WaitFor(wait.References, wait.Needed));
        }
    }

    /// <summary>Those that have ended, or can go on, are counted out.</summary>
    private Wait WaitFor(TaskNode[] tasks, int needed)
    {
        var ends = new List<Waiter>();
        foreach (var task in tasks)
        {
            if (!task.HasEnded && WaiterOf(task) is { } waiter)
                ends.Add(waiter);
            else
                needed--;
        }

        return new Wait { Ends = [.. ends], Needed = Math.Max(0, needed) };
    }
}
