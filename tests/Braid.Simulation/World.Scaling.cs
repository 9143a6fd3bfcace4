using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>Workers that come and go by will, that run short of memory, and values that are lost without them.</summary>
internal sealed partial class World
{
    /// <summary>One worker more, like some other; or one of those less, without a successor.</summary>
    private void ScaleOne()
    {
        if (AnyWorker(worker => worker is { IsExtra: true, Replaced: false, State: WorkerState.Alive, ActorCount: 0 }) is { } surplus && _random.Next(2) == 0)
        {
            surplus.Replaced = true;
            Drive($"{surplus} is too many", () => _scheduler.Drain(surplus));
            return;
        }

        Start(_profile.Workers[_random.Next(_profile.Workers.Length)]);
        _workers[^1].IsExtra = true;
    }

    private void PressOne()
    {
        if (AnyWorker(worker => worker.State is WorkerState.Alive or WorkerState.Draining) is not { } worker)
            return;
        var isPressed = _random.Next(3) != 0;
        Drive($"{worker} {(isPressed ? "is short of memory" : "has room again")}", () => _scheduler.SetPressure(worker, isPressed));
    }

    /// <summary>The segment of a value is removed, whoever made it.</summary>
    private void LoseOne()
    {
        var candidates = _tasks.FindAll(task => task is { State: TaskState.Done, IsHeld: true, Freed: false });
        if (candidates.Count == 0 || _frozen)
            return;
        var task = candidates[_random.Next(candidates.Count)];
        _rebuilding = true;
        Drive($"the value of {task} is removed", () => _scheduler.ValueLost(task, ValueLostError));
        _rebuilding = false;
    }

    /// <summary>To a worker that is short of memory nothing is sent but what starts at once: nothing that waits for a slot or for another task there.</summary>
    private void CheckPressure(Command command)
    {
        if (command is not { Kind: CommandKind.Assign, Worker: SimWorker { IsPressed: true } worker })
            return;
        Require(command.Task!.Pending == 0, $"{command} although it waits for others there and the worker is short of memory");
        Require(worker.Load <= worker.SlotCores() || worker.HasResumed() || command.Task.Cores == 0 || command.Task.Blocked,
            $"{command} ahead of a slot although the worker is short of memory");
    }
}
