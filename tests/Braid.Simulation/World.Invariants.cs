using System.Runtime.CompilerServices;
using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>What must hold at every step, whatever happens.</summary>
internal sealed partial class World
{
    private readonly List<(SimTask Task, int RetriesLeft, bool MayBeGivenUp)> _charged = [];
    private bool _rebuilding;
    private bool _onPurpose;

    private void Require(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantMessage otherwise)
    {
        if (!holds)
            throw new SimulationFailureException(_seed, _clock.Now, otherwise.Finish() + ".", null);
    }

    /// <summary>After every event: the scheduler's own invariants, and that each task ends once.</summary>
    private void CheckDriver()
    {
        _scheduler.Validate(_tasks);
        foreach (var task in _tasks)
        {
            if (task.StateBefore == TaskState.Done && (task.State != TaskState.Done || (task.Ends > task.Lives && _rebuilding)))
            {
                Require(_rebuilding, $"{task} was done and is {task.State}");
                task.Lives++;
            }
            var ends = task.HasEnded ? task.Lives : task.Lives - 1;
            Require(task.Ends == ends, $"{task} is {task.State} and has ended {task.Ends} times, {ends} expected");
            Require(task.StateBefore is not (TaskState.Failed or TaskState.Cancelled) || task.State == task.StateBefore,
                $"{task} was {task.StateBefore} and is {task.State}");
        }

        CheckMailboxes();
    }

    /// <summary>A body starts: not after the task's end, not twice at once, not more often than its retries allow.</summary>
    private void CheckStart(SimWorker worker, Body body)
    {
        var task = body.Task;
        task.Starts++;
        var most = 1 + task.Retries - task.RetriesLeft + task.FreeStarts;
        Require(task.Starts <= most, $"{body} is start {task.Starts} of at most {most}");
        Require(worker.State == WorkerState.Lost || !task.HasEnded, $"{body} starts although it is {task.State}");
        Require(worker.State == WorkerState.Lost || task.Starts == 1 || !task.IsBound, $"{body} starts again although items of it were handed on");
        Require(body.Attempt <= task.CancelledAttempt, $"{body} starts although attempt {task.CancelledAttempt} was cancelled");
        foreach (var other in _workers)
        {
            Require(other == worker || other.Dead || other.State == WorkerState.Lost || worker.State == WorkerState.Lost
                || !other.Bodies.Exists(elsewhere => elsewhere.Task == task), $"{body} starts at {worker} while it is at {other}");
        }
        CheckCapacity(worker);
        CheckNothingFollowsUnknown(worker, body);
        if (task.Role is ActorCall call)
            CheckCallStart(worker, body, call);
    }

    /// <summary>
    /// A careful task's slot is not used again before the driver knows how it ended: or else it would be charged for what the next one does.
    /// </summary>
    private void CheckNothingFollowsUnknown(SimWorker worker, Body body)
    {
        if (worker.State == WorkerState.Lost || worker.HasResumed())
            return;
        var unknown = worker.AssignedTasks()
            .Where(task => task.Mode != PlacementMode.Ahead && ((SimTask)task).EndedAttempt == task.Attempt)
            .Sum(task => task.Needs?.Cores ?? ResourceNeed.Unit);
        var running = worker.Bodies.Where(other => other.IsRunning).Sum(other => other.Cores);
        Require(unknown + running <= worker.SlotCores(), $"{body} starts at {worker} behind a careful task whose end is not known");
    }

    private void CheckCapacity(SimWorker worker)
    {
        // An actor that was killed and did not end in time is left behind by a worker that cannot be killed: what it needed is given to others.
        var running = worker.Bodies.FindAll(body => body.IsRunning && !(body.Task is { IsLife: true, HasEnded: true } && !worker.CanBeKilled));
        var cores = running.Sum(body => body.Cores);
        Require(cores <= worker.SlotCores(), $"{cores} cores are in use at {worker}");
        foreach (var resource in worker.Resources)
        {
            var used = running.Sum(body => body.Task.Needs?.Others.Where(other => other.Name == resource.Name).Sum(other => other.Amount) ?? 0);
            Require(used <= resource.Amount, $"{used} of {resource.Amount} {resource.Name} are in use at {worker}");
        }
    }

    /// <summary>Before a worker is lost: who may be given up for it. Never one that was queued behind another.</summary>
    private void ExpectCharges(SimWorker worker, SimTask? blamed)
    {
        _onPurpose = blamed is not null || worker.WasKilled();
        _charged.Clear();
        var before = 0L;
        foreach (var node in worker.AssignedTasks())
        {
            var task = (SimTask)node;
            var runs = !task.Blocked && task.IsReleased();
            if (runs)
                before += task.Needs?.Cores ?? ResourceNeed.Unit;
            // A stream whose items have come runs, whatever the driver has yet to hear of those before it.
            var queued = runs && before > worker.SlotCores() && !worker.HasResumed() && task.ItemsArrived == 0;
            _charged.Add((task, task.RetriesLeft, !queued && task.IsReleased()));
            if (_onPurpose && !task.IsBound)
                task.FreeStarts++;
        }
    }

    private void CheckCharges()
    {
        foreach (var (task, retriesLeft, mayBeGivenUp) in _charged)
        {
            var givenUp = task.State == TaskState.Failed && task.Error == WorkerLostError && task.RetriesLeft == retriesLeft && retriesLeft == 0;
            Require(!givenUp || task.IsLife || (mayBeGivenUp && (!_onPurpose || task.IsBound)) || task.Dependencies.Any(d => d.State == TaskState.Failed),
                $"{task} was given up though it was only queued");
            Require(task.HasEnded || task.RetriesLeft == retriesLeft - (_onPurpose ? 0 : 1),
                $"{task} had {retriesLeft} retries left and has {task.RetriesLeft}");
            Require(!_profile.OnlyKillers || !givenUp || task.Outcome != Outcome.Value || task.Retries == 0 || task.Dependencies.Any(d => d.State == TaskState.Failed),
                $"{task} was given up for another's crash");
        }
    }

    /// <summary>A call of an actor that was killed where nothing can be: it may wait there for ever, and nobody hears of it.</summary>
    private static bool IsLeftBehind(Body body) => body.Task is { HasEnded: true, Role: ActorCall { Actor.Killed: true } };

    /// <summary>Nothing is left to happen: every task has ended, and nothing is left anywhere.</summary>
    private void CheckQuiescence()
    {
        foreach (var task in _tasks)
            Require(task.HasEnded, $"nothing happens any more, and {task} is {task.State}");
        Require(_scheduler.AssignedCount == 0 && _scheduler.ReadyCount == 0, $"the scheduler still holds tasks");
        foreach (var worker in _workers)
            Require(worker.Dead || worker.State == WorkerState.Lost || worker.Bodies.TrueForAll(IsLeftBehind), $"{worker} still holds bodies");
        foreach (var task in _tasks)
            CheckStreamEnd(task);
        CheckMailboxesAreEmpty();
    }
}
