using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>Streams: producers that wait for credit, and consumers that take their time and may leave early.</summary>
internal sealed partial class World
{
    /// <summary>At the worker: one item goes out, or its body waits for credit without a slot and tries again.</summary>
    private void Yield(SimWorker worker, Body body)
    {
        if (body.Credit == 0)
        {
            body.Step--;
            body.IsOutOfCredit = true;
            Log(worker, $"{body} waits for credit");
            ReportOnce(worker, "waits for credit", body, () => _scheduler.Block(worker, body.Id, body.Attempt, [], int.MaxValue));
            worker.Machine.Blocked(body);
            Obey(worker);
            return;
        }

        body.Credit--;
        var item = body.ItemsSent++;
        // Items have no numbers: each transport that there is gives them once.
        ReportOnce(worker, $"yields item {item}", body, () => OnItem(worker, body, item));
        _clock.After(1, () => Step(worker, body));
    }

    /// <summary>At the driver: the item goes to the consumer, which is done with it after a while.</summary>
    private void OnItem(SimWorker worker, Body body, int item)
    {
        var task = body.Task;
        if (!_scheduler.ItemArrived(worker, body.Id, body.Attempt))
            return;
        Require(item == task.ItemsArrived, $"item {item} of {body} comes after {task.ItemsArrived} others");
        task.ItemsArrived++;
        Require(task.ItemsArrived - task.ItemsConsumed <= task.StreamBuffer,
            $"{task.ItemsArrived - task.ItemsConsumed} items of {task} are under way, {task.StreamBuffer} may be");
        _clock.After(_random.Next(300), () => Consume(task));
    }

    private void Consume(SimTask task)
    {
        task.ItemsConsumed++;
        if (task.ItemsConsumed == task.ItemsWanted && !task.HasEnded)
        {
            task.CancelledAttempt = Math.Min(task.CancelledAttempt, task.Attempt);
            Drive($"the consumer of {task} leaves", () => _scheduler.Cancel(task, force: false));
        }

        // Credit goes back in halves of the buffer.
        var credit = task.ItemsConsumed - task.ItemsCredited;
        if (credit < Math.Max(1, task.StreamBuffer / 2) || task is not { State: TaskState.Assigned, Worker: SimWorker worker })
            return;
        task.ItemsCredited = task.ItemsConsumed;
        var attempt = task.Attempt;
        var (_, at) = worker.Down.Send(_clock.Now, Delay());
        _clock.At(at, () => OnCredit(worker, task, attempt, credit));
    }

    private void OnCredit(SimWorker worker, SimTask task, int attempt, int credit)
    {
        if (worker.Dead || worker.Bodies.Find(body => body.Task == task && body.Attempt == attempt) is not { } body)
            return;
        Log(worker, $"receives credit for {credit} items of {body}");
        body.Credit += credit;
        if (!body.IsOutOfCredit)
            return;
        body.IsOutOfCredit = false;
        ReportOnce(worker, "has credit", body, () => _scheduler.Unblock(worker, body.Id, body.Attempt));
    }

    private void CheckStreamEnd(SimTask task)
    {
        var items = task.Steps.Count(step => step.Kind == StepKind.Yield);
        Require(!task.IsStream || task.State != TaskState.Done || task.ItemsArrived == items, $"{task} is done with {task.ItemsArrived} of {items} items");
    }
}
