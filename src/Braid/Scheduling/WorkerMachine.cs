using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Braid.Scheduling;

/// <summary>
/// A worker's own task states: which attempt runs when. Pure like the scheduler, and not thread-safe: one owner calls it, carries out
/// <see cref="Commands"/> in order, and clears them. The shell writes the frame of an outcome before it reports it here, so that on the link a task's
/// completion always precedes whatever follows from it. Frames about attempts that are over are ignored.
/// </summary>
/// <param name="slots">One-slot tasks that run at once.</param>
/// <param name="finishedKept">How many finished tasks are remembered, with their values, for dependents that were sent before the driver knew.</param>
internal sealed class WorkerMachine(int slots, int finishedKept = 256)
{
    /// <summary>Attempts that are here, and the finished ones that are remembered.</summary>
    private readonly Dictionary<long, MachineTask> _tasks = [];

    /// <summary>Unblocked tasks that wait for a slot: they go before any that has not started.</summary>
    private readonly Queue<MachineTask> _resumable = new();

    private readonly MachineQueue _queue = new();

    /// <summary>The remembered finished tasks, oldest at <see cref="_oldest"/>.</summary>
    private readonly MachineTask?[] _finished = new MachineTask?[finishedKept];

    private readonly long _cores = slots * ResourceNeed.Unit;
    private readonly List<MachineTask> _leaving = [];
    private int _oldest;
    private long _order;

    private long _used;
    private int _running;

    public StructList<MachineCommand> Commands { get; } = [];

    /// <summary>Attempts that are here, and the finished ones that are remembered, in no order.</summary>
    public IReadOnlyCollection<MachineTask> Tasks => _tasks.Values;

    /// <summary>Bodies that hold a slot.</summary>
    public int RunningCount => _running;

    /// <summary>
    /// A task has come. It runs when a slot is free and the local dependencies have finished; when one of them is not known here, it goes back.
    /// </summary>
    public void Assign(MachineTask task, ReadOnlySpan<long> localDependencies)
    {
        if (_tasks.TryGetValue(task.Id, out var known) && known.State != MachineTaskState.Finished)
        {
            Debug.Assert(known.Attempt == task.Attempt, "a second attempt while the first is here");
            return;
        }
        task.Order = ++_order;
        foreach (var id in localDependencies)
        {
            if (!_tasks.ContainsKey(id))
            {
                task.State = MachineTaskState.Gone;
                Commands.Add(new MachineCommand(MachineCommandKind.Return, task));
                return;
            }
        }
        if (localDependencies.Length > 0)
            task.LocalDependencies = new MachineTask[localDependencies.Length];
        for (var i = 0; i < localDependencies.Length; i++)
        {
            var dependency = _tasks[localDependencies[i]];
            task.LocalDependencies[i] = dependency;
            if (dependency.State == MachineTaskState.Finished)
                continue;
            dependency.AddDependent(task);
            task.Pending++;
        }
        _tasks[task.Id] = task;
        if (task.Lane is { } lane)
        {
            Debug.Assert(task.Pending == 0, "a call is sent when all that it depends on is done");
            task.State = MachineTaskState.Queued;
            lane.Enqueue(task);
            StartCalls(lane);
            return;
        }
        if (task.Pending > 0)
        {
            task.State = MachineTaskState.Held;
            return;
        }
        if (task.Cores == 0)
            Start(task, MachineCommandKind.Run);
        else
            Enqueue(task);
        StartWhatFits();
    }

    /// <summary>One that has not started ends; one that has is told.</summary>
    public void Cancel(long id, int attempt)
    {
        if (Find(id, attempt) is not { CancelRequested: false } task)
            return;
        switch (task.State)
        {
            case MachineTaskState.Held or MachineTaskState.Queued:
                Leave(task, MachineCommandKind.ReportCancelled);
                StartWhatFits();
                break;
            case MachineTaskState.Running or MachineTaskState.Blocked or MachineTaskState.Resumable:
                task.CancelRequested = true;
                Commands.Add(new MachineCommand(MachineCommandKind.SignalCancel, task));
                break;
        }
    }

    /// <summary>One that has not started goes back, and with it those that are held for it.</summary>
    public void Reclaim(long id, int attempt)
    {
        if (Find(id, attempt) is not { } task)
            return;
        switch (task.State)
        {
            case MachineTaskState.Held or MachineTaskState.Queued:
                Leave(task, MachineCommandKind.Return);
                StartWhatFits();
                break;
            case MachineTaskState.Running or MachineTaskState.Blocked or MachineTaskState.Resumable:
                Commands.Add(new MachineCommand(MachineCommandKind.Keep, task));
                break;
        }
    }

    /// <summary>What the task waits for has ended.</summary>
    public void Resume(long id, int attempt)
    {
        if (Find(id, attempt) is not { State: MachineTaskState.Blocked } task)
            return;
        if (task.Lane is not null)
        {
            // Its turn is its own, whoever waits for a slot.
            Start(task, MachineCommandKind.Continue);
            return;
        }
        task.State = MachineTaskState.Resumable;
        _resumable.Enqueue(task);
        StartWhatFits();
    }

    /// <summary>The body ended with a value.</summary>
    public void Finished(MachineTask task)
    {
        FreeSlot(task);
        if (task.Lane is { } lane)
        {
            // No dependent is sent before the driver knows of a call's end: nobody here can ask for its value.
            Let(task);
            EndCall(lane);
            return;
        }
        task.State = MachineTaskState.Finished;
        Remember(task);
        var dependents = task.Dependents;
        task.Dependents = null;
        if (dependents is MachineTask one)
        {
            Release(one);
        }
        else if (dependents is List<MachineTask> many)
        {
            foreach (var dependent in many)
                Release(dependent);
        }
        StartWhatFits();
    }

    /// <summary>The body ended without a value: it failed or was cancelled. Those held for it go back.</summary>
    public void Failed(MachineTask task)
    {
        FreeSlot(task);
        task.State = MachineTaskState.Gone;
        _tasks.Remove(task.Id);
        if (task.Lane is { } lane)
        {
            EndCall(lane);
            return;
        }
        ReturnDependents(task);
        StartWhatFits();
    }

    /// <summary>The body waits for other tasks; its slot is free at once.</summary>
    public void Blocked(MachineTask task)
    {
        if (task.State != MachineTaskState.Running)
            return;
        FreeSlot(task);
        task.State = MachineTaskState.Blocked;
        StartWhatFits();
    }

    /// <summary>Checks every invariant; throws <see cref="InvalidOperationException"/> that says what is wrong.</summary>
    public void Validate()
    {
        var (used, running, queued, held, finished) = (0L, 0, 0, 0, 0);
        foreach (var (id, task) in _tasks)
        {
            Check(id == task.Id && task.State != MachineTaskState.Gone, $"task {id} is here but {task.State}");
            Check(task.State == MachineTaskState.Held == task.Pending > 0, $"task {id} is {task.State} with {task.Pending} local dependencies");
            used += task.State == MachineTaskState.Running ? task.Cores : 0;
            running += task.State == MachineTaskState.Running ? 1 : 0;
            queued += task is { State: MachineTaskState.Queued, Lane: null } ? 1 : 0;
            Check(task.Lane is not { } lane || (lane.Busy <= lane.Concurrency && (task.State != MachineTaskState.Queued || lane.Busy == lane.Concurrency)),
                $"call {id} is {task.State} with {task.Lane!.Busy} of {task.Lane.Concurrency} turns taken");
            held += task.State == MachineTaskState.Held ? 1 : 0;
            finished += task.State == MachineTaskState.Finished ? 1 : 0;
        }
        Check(used == _used && running == _running, $"{running} tasks run on {used} cores, counted {_running} on {_used}");
        Check(used <= _cores || running == 1, $"{used} cores in use of {_cores}");
        Check(finished <= _finished.Length, $"{finished} finished tasks are remembered, at most {_finished.Length} should be");
        for (var task = _queue.First; task is not null; task = task.Next)
        {
            queued--;
            Check(task.State == MachineTaskState.Queued, $"task {task.Id} is queued but {task.State}");
            Check(task.Next is null || task.GoesBefore(task.Next), $"task {task.Id} is out of order");
        }
        Check(queued == 0, $"{queued} tasks are Queued but not in the queue");
        var waiting = _resumable.TryPeek(out var resumable) ? resumable : _queue.First;
        Check(waiting is null || !Fits(waiting), $"task {waiting?.Id} could run but does not");
        Check(held == 0 || running + finished + queued + _tasks.Count > held, $"all tasks are held for each other");
    }

    /// <summary>The attempt, where it is here; it may have finished and be remembered.</summary>
    public MachineTask? Find(long id, int attempt) => _tasks.TryGetValue(id, out var task) && task.Attempt == attempt ? task : null;

    /// <summary>A task that needs more than there is runs when nothing else does.</summary>
    private bool Fits(MachineTask task) => _used + task.Cores <= _cores || _running == 0;

    private void StartWhatFits()
    {
        while (_resumable.TryPeek(out var task))
        {
            if (!Fits(task))
                return;
            _resumable.Dequeue();
            Start(task, MachineCommandKind.Continue);
        }
        while (_queue.First is { } task && Fits(task))
        {
            _queue.Remove(task);
            Start(task, MachineCommandKind.Run);
        }
    }

    private void EndCall(MachineLane lane)
    {
        lane.Ended();
        StartCalls(lane);
        StartWhatFits();
    }

    private void StartCalls(MachineLane lane)
    {
        while (lane.TryStart() is { } call)
            Start(call, MachineCommandKind.Run);
    }

    private void Start(MachineTask task, MachineCommandKind kind)
    {
        task.State = MachineTaskState.Running;
        _used += task.Cores;
        _running++;
        Commands.Add(new MachineCommand(kind, task));
    }

    private void FreeSlot(MachineTask task)
    {
        // A body that was blocked may end without having been resumed: its wait was cancelled.
        Debug.Assert(task.State is MachineTaskState.Running or MachineTaskState.Blocked or MachineTaskState.Resumable);
        if (task.State == MachineTaskState.Running)
        {
            _used -= task.Cores;
            _running--;
        }
        else if (task.State == MachineTaskState.Resumable)
        {
            // Rare: the queue is short and holds no gaps.
            for (var i = _resumable.Count; i > 0; i--)
            {
                if (_resumable.Dequeue() is { } other && other != task)
                    _resumable.Enqueue(other);
            }
        }
    }

    private void Enqueue(MachineTask task)
    {
        task.State = MachineTaskState.Queued;
        _queue.Add(task);
    }

    private void Release(MachineTask held)
    {
        // It may have gone meanwhile: cancelled, or given back with another dependency.
        if (held.State == MachineTaskState.Held && --held.Pending == 0)
            Enqueue(held);
    }

    private void Leave(MachineTask task, MachineCommandKind report)
    {
        if (task.State == MachineTaskState.Queued && task.Lane is null)
            _queue.Remove(task);
        task.State = MachineTaskState.Gone;
        _tasks.Remove(task.Id);
        Commands.Add(new MachineCommand(report, task));
        ReturnDependents(task);
    }

    /// <summary>A list, not recursion: chains may be long.</summary>
    private void ReturnDependents(MachineTask task)
    {
        _leaving.Add(task);
        for (var i = 0; i < _leaving.Count; i++)
        {
            var dependents = _leaving[i].Dependents;
            _leaving[i].Dependents = null;
            if (dependents is MachineTask one)
            {
                ReturnHeld(one);
            }
            else if (dependents is List<MachineTask> many)
            {
                foreach (var dependent in many)
                    ReturnHeld(dependent);
            }
        }
        _leaving.Clear();
    }

    private void ReturnHeld(MachineTask held)
    {
        if (held.State != MachineTaskState.Held)
            return;
        held.State = MachineTaskState.Gone;
        _tasks.Remove(held.Id);
        Commands.Add(new MachineCommand(MachineCommandKind.Return, held));
        _leaving.Add(held);
    }

    private void Remember(MachineTask task)
    {
        if (_finished.Length == 0)
        {
            Let(task);
            return;
        }
        if (_finished[_oldest] is { } oldest)
            Let(oldest);
        _finished[_oldest] = task;
        _oldest = _oldest + 1 < _finished.Length ? _oldest + 1 : 0;
    }

    /// <summary>Lets a finished task go, unless a later attempt has taken its place.</summary>
    private void Let(MachineTask task)
    {
        task.State = MachineTaskState.Gone;
        if (_tasks.TryGetValue(task.Id, out var current) && current == task)
            _tasks.Remove(task.Id);
        Commands.Add(new MachineCommand(MachineCommandKind.Release, task));
    }

    private static void Check(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantMessage otherwise)
    {
        if (!holds)
            throw new InvalidOperationException("The worker's state is inconsistent: " + otherwise.Finish() + ".");
    }
}
