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
    private readonly Func<BlockedTask, BlockedOn, Request?> _requestOf;
    private readonly Func<Holder, TaskNode?> _taskOf;

    /// <summary>Null for those that can go on.</summary>
    private readonly Dictionary<TaskNode, Waiter?> _waiters = [];

    /// <summary>Met, and their own waits not yet entered.</summary>
    private readonly Queue<(TaskNode Task, Waiter Waiter)> _open = new();

    /// <summary>Calls of actors that wait inside their bodies, by the group whose turns they keep meanwhile.</summary>
    private readonly Dictionary<ActorGroup, List<TaskNode>> _turns = [];

    /// <param name="blocked">Those that wait inside their bodies, by id.</param>
    /// <param name="requestOf">What a wait asks of a primitive; null once that is over.</param>
    /// <param name="taskOf">Whose attempt a holder is; null for what is no task.</param>
    public WaitSnapshot(Dictionary<long, BlockedTask> blocked, Func<BlockedTask, BlockedOn, Request?> requestOf, Func<Holder, TaskNode?> taskOf)
    {
        _blocked = blocked;
        _requestOf = requestOf;
        _taskOf = taskOf;
        Graph = new WaitGraph(Find);
        foreach (var task in blocked.Values)
        {
            if (task.Task.Role is not ActorCall call || !IsHeldUp(task.Task))
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
            else if (NeedsOf(next.Task) is var (ends, needed))
                next.Waiter.Waits.Add(WaitFor(ends, needed));
            Graph.Add(next.Waiter);
        }
    }

    public WaitGraph Graph { get; }

    public Waiter? Find(Holder holder) => _taskOf(holder) is { } task ? _waiters.GetValueOrDefault(task) : null;

    /// <summary>Asked after the graph was reduced.</summary>
    public bool IsStuck(TaskNode task)
    {
        if (_waiters.TryGetValue(task, out var known))
            return known is { IsStuck: true };
        // Not started, and nobody waits for it: as stuck as what it depends on. A dependency was submitted before, and is asked by itself too, so
        // one level is enough to find whoever can go on.
        return IsPending(task) && task.Dependencies.Any(dependency => !dependency.HasEnded);
    }

    private static bool IsPending(TaskNode task) => task.State == TaskState.Waiting || task is { State: TaskState.Assigned, Blocked: false, Pending: > 0 };

    /// <summary>What must end before one that does not wait inside its body can go on; null for one that can.</summary>
    private (TaskNode[] Ends, int Needed)? NeedsOf(TaskNode task)
    {
        // One that is to be cancelled ends as soon as its worker has heard of it.
        if (task.HasEnded || task.CancelRequested)
            return null;
        if (task.Role is ActorCall call)
            return NeedsOfCall(task, call);
        // Its end is asked for, and comes when its calls have ended.
        if (task.Role is { Actor: { StopAsked: true, Pending: > 0, Killed: false } actor } && actor.PendingCalls() is var calls)
            return (calls, calls.Length);
        return IsPending(task) ? (task.Dependencies, task.Dependencies.Length) : null;
    }

    /// <summary>
    /// A call that was not sent waits for what it captures, for what the actor's constructor waits for, and behind its caller's first that was not. One that has
    /// none of these waits for a turn, wherever it is: where all turns of its group are taken by calls that wait, the end of one of them would let it begin.
    /// </summary>
    private (TaskNode[] Ends, int Needed)? NeedsOfCall(TaskNode task, ActorCall call)
    {
        if (call.Queue is not null)
        {
            var ends = new List<TaskNode>(task.Dependencies.Where(dependency => !dependency.HasEnded));
            var life = call.Actor.Life;
            if (IsPending(life))
                ends.AddRange(life.Dependencies);
            else if (!call.Actor.Started && IsHeldUp(life))
                ends.Add(life);
            if (call.Queue.First is { State: TaskState.Waiting } first && first != task)
                ends.Add(first);
            if (ends.Count > 0)
                return ([.. ends], ends.Count);
        }

        return _turns.TryGetValue(call.Group, out var keepers) && keepers.Count >= call.Group.Concurrency && !keepers.Contains(task)
            ? ([.. keepers], 1)
            : null;
    }

    private Waiter? WaiterOf(TaskNode task)
    {
        if (_waiters.TryGetValue(task, out var known))
            return known;
        var waiter = IsHeldUp(task) ? new Waiter(task, task.Sequence, runs: true)
            : NeedsOf(task) is not null ? new Waiter(task, task.Sequence, runs: false)
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
                waiter.Waits.Add(_requestOf(blocked, wait) is { } request ? new Wait { Request = request } : new Wait());
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
