using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>The worker's shell: runs bodies in virtual time around the real state machine.</summary>
internal sealed partial class World
{
    private void Receive(SimWorker worker, Command command, Body? body, long[] local)
    {
        if (worker.Dead)
            return;
        Log(worker, $"receives {command.Kind} {command.Task!.Id}#{command.Attempt}{(local.Length == 0 ? "" : $" after [{string.Join(", ", local)}]")}");
        var (id, attempt) = (command.Task!.Id, command.Attempt);
        switch (command.Kind)
        {
            case CommandKind.Assign:
                worker.Machine.Assign(body!, local);
                break;
            case CommandKind.Cancel:
                worker.Machine.Cancel(id, attempt);
                break;
            case CommandKind.Reclaim:
                worker.Machine.Reclaim(id, attempt);
                break;
            case CommandKind.Resume:
                worker.Machine.Resume(id, attempt);
                break;
            case CommandKind.StopActor:
                StopLife(worker, id, attempt);
                break;
        }
        Obey(worker);
    }

    /// <summary>Carries out the machine's commands. Those that a command leads to come after it.</summary>
    private void Obey(SimWorker worker)
    {
        worker.Machine.Validate();
        var commands = worker.Machine.Commands.ToArray();
        worker.Machine.Commands.Clear();
        foreach (var command in commands)
        {
            var body = (Body)command.Task;
            Log(worker, $"  {command.Kind} {body}");
            switch (command.Kind)
            {
                case MachineCommandKind.Run:
                    Run(worker, body);
                    break;
                case MachineCommandKind.Continue:
                    CheckCapacity(worker);
                    _clock.After(1, () => Step(worker, body));
                    break;
                case MachineCommandKind.SignalCancel:
                    break;
                case MachineCommandKind.Return:
                    Report(worker, "returned", body, () => _scheduler.Returned(worker, body.Id, body.Attempt));
                    break;
                case MachineCommandKind.Keep:
                    Report(worker, "keeps", body, () => _scheduler.NotReturned(worker, body.Id, body.Attempt));
                    break;
                case MachineCommandKind.ReportCancelled:
                    Report(worker, "cancelled", body, () => _scheduler.CancelledOn(worker, body.Id, body.Attempt));
                    break;
            }
        }
        if (worker.Machine.Commands.Count > 0)
            Obey(worker);
    }

    private void Run(SimWorker worker, Body body)
    {
        worker.Bodies.Add(body);
        if (!ValuesAtHand(worker, body))
        {
            Log(worker, $"  {body} cannot have its dependencies");
            worker.Bodies.Remove(body);
            Report(worker, "returned", body, () => _scheduler.Returned(worker, body.Id, body.Attempt));
            worker.Machine.Failed(body);
            return;
        }
        if (body.Task.IsLife)
            Require(body.Task.Retries > 0 || body.Task.Starts == 0, $"actor {body.Id} starts again and was never to restart");
        CheckStart(worker, body);
        _clock.After(0, () => Step(worker, body));
    }

    /// <summary>The value of a dependency comes with the task, from here, or from the worker that holds it, which may have died.</summary>
    private bool ValuesAtHand(SimWorker worker, Body body)
    {
        var task = body.Task;
        foreach (var dependency in task.Dependencies)
        {
            var local = Array.Find(body.LocalDependencies, other => other.Id == dependency.Id);
            if (local is not null)
            {
                Require(((Body)local).HasValue, $"{body} starts at {worker} before {local} has finished there");
                continue;
            }
            var source = (SimTask)dependency;
            Require(source.State != TaskState.Done || !source.Freed || worker.State == WorkerState.Lost, $"{body} starts at {worker} though the value of {source} was let go");
            if (source.State != TaskState.Done || source.Freed || (source.IsHeld && source.Worker is SimWorker { Dead: true }))
                return false;
        }
        return true;
    }

    private void Step(SimWorker worker, Body body)
    {
        if (worker.Dead || !body.IsRunning)
            return;
        if (body is { CancelRequested: true, Task.Cooperative: true })
        {
            Fail(worker, body, "cancelled", () => _scheduler.CancelledOn(worker, body.Id, body.Attempt));
            return;
        }
        // It was made to go on without what it asked for.
        if (body.Asked != 0)
            Withdraw(worker, body);
        if (body.Step == body.Task.Steps.Length)
        {
            End(worker, body);
            return;
        }
        var step = body.Task.Steps[body.Step++];
        switch (step.Kind)
        {
            case StepKind.Work:
                _clock.After(step.Microseconds * worker.Shape.Slowness, () => Step(worker, body));
                break;
            case StepKind.Spawn:
                Spawn(worker, body, step.Count);
                _clock.After(1, () => Step(worker, body));
                break;
            case StepKind.Wait:
                Wait(worker, body, step);
                break;
            case StepKind.Yield:
                Yield(worker, body);
                break;
            case StepKind.Acquire:
                Acquire(worker, body, step);
                break;
            case StepKind.Release:
                Release(worker, body);
                _clock.After(1, () => Step(worker, body));
                break;
        }
    }

    private void Spawn(SimWorker worker, Body body, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var child = SpawnsCall(body) ? _workload.MakeCall(AnyActor()!, body.Task.Id, _tasks, body.Task) : _workload.Make(_tasks, body.Children, body.Task);
            body.Children.Add(child);
            _underWay.Add(child);
            var (number, at) = worker.Up.Send(_clock.Now, Delay());
            _clock.At(at, () =>
            {
                _underWay.Remove(child);
                // What a worker that was declared lost submits is not accepted: its attempt is over.
                if (worker.Up.Arrives(number) && worker.State != WorkerState.Lost)
                    Submit(child);
            });
        }
    }

    private void Wait(SimWorker worker, Body body, Step step)
    {
        TaskNode[] waits = step.Older
            ? [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => _tasks[_random.Next(_profile.Deadlocks ? _tasks.Count : body.Task.OlderThan)])]
            : [.. body.Children];
        if (_profile.Deadlocks)
            waits = [.. waits.Distinct()];
        // The end of a life comes when all is done.
        waits = Array.FindAll(waits, wait => !((SimTask)wait).IsLife);
        if (waits.Length == 0)
        {
            _clock.After(1, () => Step(worker, body));
            return;
        }
        var count = step.Count == 0 ? waits.Length : step.Count;
        var number = ++body.Waits;
        Log(worker, $"{body} blocks for {count} of [{string.Join(", ", waits.Select(wait => wait.Id))}]");
        var wait = new BlockedOn(waits, count, EndsByItself: step.Microseconds > 0, null, 0, UnderWay: 1);
        ReportOnce(worker, "blocks", body, () => Block(worker, body, wait, count));
        worker.Machine.Blocked(body);
        if (step.Microseconds > 0)
        {
            _clock.After(step.Microseconds, () =>
            {
                if (!worker.Dead && body.Waits == number && body.State == MachineTaskState.Blocked)
                    ReportOnce(worker, "gives up waiting", body, () => Unblock(worker, body));
            });
        }
        Obey(worker);
    }

    private void End(SimWorker worker, Body body)
    {
        var task = body.Task;
        if (task.IsLife && (_frozen || body.Attempt > task.OutcomeAttempts || task.Outcome == Outcome.Value))
        {
            Construct(worker, body);
            return;
        }
        // That something might fail is no reason to wait for it: where a deadlock is to be proved real, nothing fails.
        var outcome = body.Attempt <= task.OutcomeAttempts && !_frozen ? task.Outcome : Outcome.Value;
        switch (outcome)
        {
            case Outcome.Crash:
                Crash(worker, null);
                break;
            case Outcome.Value:
                var elapsed = task.Steps[0].Microseconds;
                body.HasValue = true;
                task.EndedAttempt = body.Attempt;
                worker.Bodies.Remove(body);
                Report(worker, "completed", body, () => _scheduler.Completed(worker, body.Id, body.Attempt, elapsed));
                worker.Machine.Finished(body);
                Obey(worker);
                break;
            default:
                Fail(worker, body, "failed",
                    () => _scheduler.Failed(worker, body.Id, body.Attempt, UserError, outcome == Outcome.RetryableError));
                break;
        }
    }

    private void Fail(SimWorker worker, Body body, string what, Action change)
    {
        worker.Bodies.Remove(body);
        body.Task.EndedAttempt = body.Task.FailedAttempt = body.Attempt;
        Report(worker, what, body, change);
        worker.Machine.Failed(body);
        Obey(worker);
    }
}
