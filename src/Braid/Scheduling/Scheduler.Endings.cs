using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>How tasks end, and what that means for those that wait for them.</summary>
internal sealed partial class Scheduler
{
    /// <summary>Tasks that have ended and whose dependents have not been told. A list, not recursion: chains may be long.</summary>
    private readonly List<TaskNode> _telling = [];

    /// <summary>Ends a task that is neither queued nor assigned any more, and whatever ends with it.</summary>
    private void End(TaskNode task, TaskState state, object? error)
    {
        Settle(task, state, error);
        if (task.Dependents is null && task.Waiters is null)
            return;
        _telling.Add(task);
        // A nested call (an inherited end) leaves its task to the loop of the outer one.
        if (_telling.Count > 1)
            return;
        for (var i = 0; i < _telling.Count; i++)
            Tell(_telling[i]);
        _telling.Clear();
    }

    private void Settle(TaskNode task, TaskState state, object? error)
    {
        Debug.Assert(state >= TaskState.Done && task.State < TaskState.Done);
        task.State = state;
        task.Error = error;
        task.CancelRequested = false;
        Commands.Add(new Command(CommandKind.Ended, null, task, task.Attempt));
        if (task.Role is { } role)
            RoleEnded(task, role);
    }

    private void Tell(TaskNode ended)
    {
        var dependents = ended.Dependents;
        ended.Dependents = null;
        switch (dependents)
        {
            case TaskNode one:
                TellDependent(ended, one);
                break;
            case List<TaskNode> many:
                foreach (var dependent in many)
                    TellDependent(ended, dependent);
                break;
        }
        var link = ended.Waiters;
        ended.Waiters = null;
        for (; link is not null; link = link.Next)
        {
            if (link.IsCurrent && link.Waiter.WaitsLeft > 0 && --link.Waiter.WaitsLeft == 0)
                MakeResumable(link.Waiter);
        }
    }

    private void TellDependent(TaskNode ended, TaskNode dependent)
    {
        if (dependent.HasEnded)
            return;
        Debug.Assert(dependent.Pending > 0);
        if (ended.State != TaskState.Done)
        {
            // Its worker gives it back by itself, or has lost it: its dependency did not come there either.
            if (dependent.State == TaskState.Assigned)
                Unassign(dependent);
            End(dependent, ended.State, ended.Error);
            return;
        }
        if (dependent.State == TaskState.Assigned)
        {
            if (--dependent.Pending == 0)
                Follow(dependent);
            return;
        }
        if (--dependent.Pending == 0)
            MakeReady(dependent);
    }

    /// <summary>The blocked attempt may go on once its resources are free, before anything new is placed there.</summary>
    private void MakeResumable(TaskNode task)
    {
        Debug.Assert(task is { Blocked: true, State: TaskState.Assigned });
        task.WaitsLeft = 0;
        var worker = task.Worker!;
        if (task.Role is ActorCall)
        {
            // It needs nothing of its worker, so it waits behind nobody.
            Resume(task, worker);
            return;
        }
        worker.Resumable.Enqueue((task, task.Attempt, task.BlockNumber));
        ResumeWhatFits(worker);
    }

    private void ResumeWhatFits(WorkerNode worker)
    {
        while (worker.Resumable.TryPeek(out var next))
        {
            var task = next.Task;
            if (task.Attempt == next.Attempt && task.BlockNumber == next.BlockNumber && task.Blocked)
            {
                // Cores are the worker's to give out: it lets a resumed task go first.
                if (!worker.Fits(task.Needs))
                    return;
                Resume(task, worker);
            }
            worker.Resumable.Dequeue();
        }
    }

    private void Resume(TaskNode task, WorkerNode worker)
    {
        task.Blocked = false;
        worker.BlockedCount--;
        worker.Load += task.Cores;
        worker.Take(task.Needs);
        Touch(worker);
        Commands.Add(new Command(CommandKind.Resume, worker, task, task.Attempt));
        if (worker.AttemptsLeft <= 0)
            UpdateDraining(worker);
    }
}
