using System.Runtime.CompilerServices;
using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>The driver's shell: turns commands into frames, and frames into events.</summary>
internal sealed partial class World
{
    private static readonly object WorkerLostError = new();
    private static readonly object ValueLostError = new();
    private static readonly object UserError = new();
    private static readonly object MailboxFullError = new();

    private readonly Scheduler _scheduler;

    /// <summary>Commands that are carried out and not yet sent: the frame is written, as a process's link does it, and leaves with those of later events.</summary>
    private readonly List<(Command Command, long[] Local)> _pending = [];
    private bool _flushing;

    /// <summary>One event of the scheduler, checked; its commands go out now or with those of the next ones.</summary>
    private void Drive([InterpolatedStringHandlerArgument("")] ref LogLine what, Action change)
    {
        Log(null, ref what);
        foreach (var task in _tasks)
            task.StateBefore = task.State;
        change();
        foreach (var command in _scheduler.Commands)
        {
            Log(null, $"  {command}");
            Require(command is not { Kind: CommandKind.Assign, Worker.Condemned: true }, $"{command} although the worker is to be killed");
            CheckPressure(command);
            if (command.Kind == CommandKind.Resume)
                _blocked.Remove(command.Task!.Id);
            if (command.Kind == CommandKind.Ended)
                OnEnded((SimTask)command.Task!);
            else
                _pending.Add((command, LocalDependencies(command)));
        }
        _scheduler.Commands.Clear();
        EndHolders();
        CheckDriver();
        ReplaceDraining();
        if (_flushing)
            return;
        if (_random.Next(2) == 0)
        {
            Flush();
            return;
        }
        _flushing = true;
        _clock.After(_random.Next(200), () =>
        {
            _flushing = false;
            Flush();
        });
    }

    /// <summary>
    /// When it was asked to drain, its successor comes at once: what its blocked tasks wait for must find a place. One that drains because its attempts
    /// are used up sees to that itself, and is replaced when it has stopped; but where there are actors, which it waits for, its successor comes at once.
    /// </summary>
    private void ReplaceDraining()
    {
        for (var i = _workers.Count - 1; i >= 0; i--)
        {
            var worker = _workers[i];
            if (worker is not { State: WorkerState.Draining, Replaced: false } || (!worker.DrainAsked && _profile.Actors == 0))
                continue;
            worker.Replaced = true;
            Start(worker.Shape);
        }
    }

    private void Submit(SimTask task)
    {
        _tasks.Add(task);
        if (task.Role is ActorCall call && !LetIn(task, call.Actor))
            return;
        if (_random.Next(16) == 0 && task is { Dependencies.Length: 0, Role: null, IsStream: false })
            Drive($"put {task}", () => Put(task));
        else
            Drive($"submit {task} after [{string.Join(", ", task.Dependencies.Select(d => d.Id))}] priority {task.Priority} retries {task.Retries}",
                () => _scheduler.Submit(task));
    }

    private void Put(SimTask task)
    {
        _scheduler.Put(task);
        task.Ends = 1;
    }

    private void Flush()
    {
        // A drained worker is stopped in the middle, which is an event of its own, with commands of its own.
        var commands = _pending.ToArray();
        _pending.Clear();
        foreach (var (command, local) in commands)
        {
            if (command.Kind == CommandKind.Drained)
                Stop((SimWorker)command.Worker!);
            else if (command.Worker!.State != WorkerState.Lost)
                Send((SimWorker)command.Worker, command, local);
        }
    }

    /// <summary>
    /// What the task follows to its worker. Looked at when the command is given: a dependency that was done then and is lost before the frame leaves is not to
    /// be waited for there, for the scheduler counts the task as one that runs, and what makes the value again may need the room that it would keep.
    /// </summary>
    private static long[] LocalDependencies(Command command) => command.Kind != CommandKind.Assign
        ? []
        : [.. command.Task!.Dependencies.Where(dependency => dependency.State != TaskState.Done).Select(dependency => dependency.Id)];

    private void Send(SimWorker worker, Command command, long[] local)
    {
        var task = (SimTask)command.Task!;
        if (command.Kind == CommandKind.Kill)
        {
            _clock.After(Delay(), () => Crash(worker, task));
            return;
        }
        if (task.Attempt != command.Attempt)
            return;
        var body = command.Kind != CommandKind.Assign ? null : new Body(task, command.Attempt)
        {
            Id = task.Id,
            Attempt = command.Attempt,
            Priority = task.Priority,
            Cores = task.Needs?.Cores ?? ResourceNeed.Unit,
            Lanes = task.IsLife ? [.. task.Role!.Actor.Groups.Select(group => new MachineLane(group.Concurrency))] : [],
            Lane = task.Role is ActorCall call ? worker.Lives[call.Actor.Life.Id].Lanes[call.GroupIndex] : null,
        };
        if (body is not null && task.IsLife)
            worker.Lives[task.Id] = body;
        var (_, at) = worker.Down.Send(_clock.Now, Delay());
        _clock.At(at, () => Receive(worker, command, body, local));
    }

    /// <summary>
    /// A frame about an attempt: it is passed on whatever the driver thinks of the worker, for the scheduler must know which are stale. Once in a while
    /// it comes twice.
    /// </summary>
    private void Report(SimWorker worker, string what, Body body, Action change)
    {
        var copies = _profile.Duplicates && _random.Next(16) == 0 ? 2 : 1;
        for (var i = 0; i < copies; i++)
            ReportOnce(worker, what, body, change);
    }

    private void ReportOnce(SimWorker worker, string what, Body body, Action change)
    {
        var (number, at) = worker.Up.Send(_clock.Now, Delay());
        _clock.At(at, () =>
        {
            if (worker.Up.Arrives(number))
                Drive($"{worker}: {body} {what}", change);
        });
    }

    private void Lose(SimWorker worker, SimTask? blamed)
    {
        if (worker.State == WorkerState.Lost)
            return;
        ExpectCharges(worker, blamed);
        Drive($"{worker} is lost{(blamed is null ? "" : $", killed for {blamed}")}", () => _scheduler.WorkerLost(worker, WorkerLostError, blamed));
        CheckCharges();
        foreach (var task in _tasks.ToArray())
        {
            if (task is not { State: TaskState.Done, IsHeld: true, Freed: false } || task.Worker != worker)
                continue;
            _rebuilding = true;
            Drive($"the value of {task} is lost", () => _scheduler.ValueLost(task, ValueLostError));
            _rebuilding = false;
        }
        if (!worker.Replaced)
            Start(worker.Shape);
    }

    private void Stop(SimWorker worker)
    {
        Require(worker.AssignedCount == 0, $"{worker} was drained with tasks on it");
        worker.Dead = true;
        Lose(worker, null);
    }

    private void OnEnded(SimTask task)
    {
        task.Ends++;
        LeaveMailbox(task);
        if (task.State != TaskState.Done)
            return;
        task.Freed = false;
        task.CancelledAttempt = int.MaxValue;
    }
}
