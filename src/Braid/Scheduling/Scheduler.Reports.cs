using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>What workers report. Whatever names an attempt that is over is ignored.</summary>
internal sealed partial class Scheduler
{
    public void WorkerJoined(WorkerNode worker)
    {
        Debug.Assert(worker.Slots > 0);
        // It may have been lost before it was ready.
        if (worker.State != WorkerState.Joining)
            return;
        worker.State = WorkerState.Alive;
        worker.Ahead = _options.AheadAtFirst;
        foreach (var resource in worker.Resources)
            worker.Free[resource.Name] = worker.Free.GetValueOrDefault(resource.Name) + resource.Amount;
        _workers.Add(worker);
        Touch(worker);
        Dispatch();
    }

    /// <summary>
    /// Every attempt there is over, and late frames from it are ignored. Whatever was assigned there may have started, so each task spends a retry, or
    /// fails with <paramref name="error"/> when it has none left. When the worker was killed on purpose, for the forced cancellation of
    /// <paramref name="blamed"/>, only that task ends, and the others spend nothing; but a stream of which items were handed on does not run again for that either.
    /// </summary>
    public void WorkerLost(WorkerNode worker, object error, TaskNode? blamed)
    {
        if (worker.State == WorkerState.Lost)
            return;
        var onPurpose = blamed is not null || worker.Condemned;
        worker.State = WorkerState.Lost;
        _workers.Remove(worker);
        if (worker.ReservedFor is { } reserving)
            EndReservation(reserving);
        var lost = new List<TaskNode>(worker.AssignedCount);
        while (worker.First is { } task)
        {
            Unassign(task);
            task.Worker = null;
            task.State = TaskState.Waiting;
            lost.Add(task);
        }
        Touch(worker);
        ActorsLost(lost, error, blamed, onPurpose);
        foreach (var task in lost)
        {
            if (task.HasEnded || task.Role is not null)
                continue;
            if (task == blamed || task.CancelRequested)
            {
                End(task, TaskState.Cancelled, null);
            }
            else if (task.RetriesLeft == 0 && (!onPurpose || task.HandedOn))
            {
                End(task, TaskState.Failed, error);
            }
            else
            {
                if (!onPurpose)
                {
                    task.RetriesLeft--;
                    task.Suspect = true;
                }
                if (task.Pending == 0)
                    MakeReady(task);
            }
        }
        Dispatch();
    }

    /// <summary>No new tasks; unstarted ones are asked back; <see cref="CommandKind.Drained"/> follows when it holds none.</summary>
    public void Drain(WorkerNode worker)
    {
        if (worker.DrainAsked || worker.State is not (WorkerState.Alive or WorkerState.Draining))
            return;
        worker.DrainAsked = true;
        UpdateDraining(worker);
        for (var task = worker.First; task is not null; task = task.Next)
        {
            if (task is { Role: null, Blocked: false, Reclaiming: false, CancelRequested: false })
                Reclaim(task);
        }
        Dispatch();
    }

    /// <summary>Begins to drain a worker, or takes it back into service because a task blocked there, and says when it is empty.</summary>
    private void UpdateDraining(WorkerNode worker)
    {
        if (worker.State is not (WorkerState.Alive or WorkerState.Draining))
            return;
        worker.State = worker.ShouldDrain ? WorkerState.Draining : WorkerState.Alive;
        if (worker is { State: WorkerState.Draining, ReservedFor: { } reserving })
            EndReservation(reserving);
        Touch(worker);
        if (worker.State != WorkerState.Draining || worker.AssignedCount > 0 || worker.IsDrained)
            return;
        worker.DrainAsked = worker.IsDrained = true;
        Commands.Add(new Command(CommandKind.Drained, worker, null, 0));
    }

    /// <param name="worker">Who reports.</param>
    /// <param name="id">The task.</param>
    /// <param name="attempt">Its attempt.</param>
    /// <param name="elapsedMicroseconds">How long the body ran: decides how much is sent ahead to this worker.</param>
    public void Completed(WorkerNode worker, long id, int attempt, long elapsedMicroseconds)
    {
        if (Find(worker, id, attempt) is not { } task)
            return;
        if (task.Role is ActorCall call)
            call.Group.Observe(elapsedMicroseconds, _options);
        else if (task.Role is null)
            worker.Observe(elapsedMicroseconds, _options);
        Unassign(task);
        End(task, TaskState.Done, null);
        Dispatch();
    }

    /// <summary>
    /// An item of a stream has come. False when it is of an attempt that is over. What was handed on cannot be taken back: no other attempt follows this
    /// one.
    /// </summary>
    public bool ItemArrived(WorkerNode worker, long id, int attempt)
    {
        if (Find(worker, id, attempt) is not { } task)
            return false;
        task.RetriesLeft = 0;
        task.HandedOn = true;
        return true;
    }

    /// <param name="worker">Who reports.</param>
    /// <param name="id">The task.</param>
    /// <param name="attempt">Its attempt.</param>
    /// <param name="error">What the body threw.</param>
    /// <param name="retryable">Whether the task's options let it run again after this error; it does if a retry is left.</param>
    public void Failed(WorkerNode worker, long id, int attempt, object error, bool retryable)
    {
        if (Find(worker, id, attempt) is not { } task)
            return;
        Unassign(task);
        if (retryable && task.RetriesLeft > 0 && !task.CancelRequested)
        {
            task.RetriesLeft--;
            Requeue(task);
        }
        else
        {
            End(task, TaskState.Failed, error);
        }
        Dispatch();
    }

    /// <summary>The attempt ended because it was cancelled, before or while it ran.</summary>
    public void CancelledOn(WorkerNode worker, long id, int attempt)
    {
        if (Find(worker, id, attempt) is not { } task)
            return;
        Unassign(task);
        if (task.Role is ActorCall { Actor: { Killed: true } actor })
            End(task, TaskState.Failed, new ActorLoss(actor, Restarts: false, null));
        else
            End(task, TaskState.Cancelled, null);
        Dispatch();
    }

    /// <summary>The attempt was given back unstarted: reclaimed, or its local dependency did not come.</summary>
    public void Returned(WorkerNode worker, long id, int attempt)
    {
        if (Find(worker, id, attempt) is not { } task)
            return;
        EndReclaim(task, returned: true);
        if (task.Role is not ActorCall)
            worker.AttemptsLeft++;
        Unassign(task);
        if (task.CancelRequested)
            End(task, TaskState.Cancelled, null);
        else
            Requeue(task);
        Dispatch();
    }

    /// <summary>A reclaim came too late: the attempt runs.</summary>
    public void NotReturned(WorkerNode worker, long id, int attempt)
    {
        if (Find(worker, id, attempt) is not { } task)
            return;
        task.Started = true;
        EndReclaim(task, returned: false);
        Dispatch();
    }

    /// <summary>
    /// The attempt waits inside its body until <paramref name="count"/> of the tasks have ended, or, where that is more than there are, until
    /// <see cref="Unblock"/>; its slot and resources are free meanwhile. A later blocking of the same attempt takes the place of this one.
    /// </summary>
    public void Block(WorkerNode worker, long id, int attempt, ReadOnlySpan<TaskNode> waits, int count)
    {
        if (Find(worker, id, attempt) is not { } task)
            return;
        if (!task.Blocked)
        {
            Debug.Assert(task.Pending == 0);
            task.Blocked = task.Started = true;
            worker.BlockedCount++;
            worker.Load -= task.Cores;
            worker.GiveBack(task.Needs);
            TakeBackFollowers(task);
            Touch(worker);
            if (worker.State == WorkerState.Draining)
                UpdateDraining(worker);
        }
        task.BlockNumber++;
        task.WaitsLeft = count;
        foreach (var wait in count == int.MaxValue ? [] : waits)
        {
            if (wait.HasEnded || !Await(wait, task))
                task.WaitsLeft--;
        }
        if (task.WaitsLeft <= 0 || task.CancelRequested)
            MakeResumable(task);
        ResumeWhatFits(worker);
        Dispatch();
    }

    /// <summary>The attempt waits no longer (a timeout, a cancelled wait): it is resumed as if its waits had ended.</summary>
    public void Unblock(WorkerNode worker, long id, int attempt)
    {
        if (Find(worker, id, attempt) is not { Blocked: true } task)
            return;
        MakeResumable(task);
        Dispatch();
    }

    /// <summary>False when the blocking waits for it already. A task that waits again and again for the same one uses one link.</summary>
    private static bool Await(TaskNode wait, TaskNode waiter)
    {
        if (wait.Waiters is not { } link || link.Waiter != waiter || link.Attempt != waiter.Attempt)
        {
            wait.Waiters = new WaitLink(waiter, wait.Waiters);
            return true;
        }
        var isNew = link.BlockNumber != waiter.BlockNumber;
        link.BlockNumber = waiter.BlockNumber;
        return isNew;
    }

    /// <summary>The assigned task of this id, whatever its attempt.</summary>
    public TaskNode? Find(long id) => _assigned.Find(id);

    private TaskNode? Find(WorkerNode worker, long id, int attempt)
    {
        var task = _assigned.Find(id);
        return task is not null && task.Attempt == attempt && task.Worker == worker ? task : null;
    }

    /// <summary>Back to the queue, or to waiting when a dependency has not ended.</summary>
    private void Requeue(TaskNode task)
    {
        task.Worker = null;
        task.State = TaskState.Waiting;
        if (task.Role is ActorCall call)
            CallAgain(task, call);
        else if (task.Pending == 0)
            MakeReady(task);
        else
            FollowDependencies(task);
    }

    /// <summary>
    /// Takes an assigned task off its worker. Its state stays Assigned for the caller to change; its worker stays too, as the place where it ran.
    /// </summary>
    private void Unassign(TaskNode task)
    {
        var worker = task.Worker!;
        Debug.Assert(task.State == TaskState.Assigned);
        worker.Remove(task);
        _assigned.Remove(task);
        if (task.Reclaiming)
            EndReclaim(task, returned: false);
        if (task.Blocked)
        {
            task.Blocked = false;
            worker.BlockedCount--;
        }
        else if (task.Pending > 0)
        {
            worker.Pipelined--;
        }
        else
        {
            worker.Load -= task.Cores;
            worker.GiveBack(task.Needs);
        }
        if (task.Mode != PlacementMode.Ahead)
        {
            worker.CarefulCount--;
            if (worker.Alone == task)
                worker.Alone = null;
        }
        if (task.Role is { } role)
            RoleUnassigned(task, role);
        if (worker.State == WorkerState.Lost)
            return;
        if (worker.Resumable.Count > 0)
            ResumeWhatFits(worker);
        Touch(worker);
        // It may happen in the middle of a pass: a task taken out for placing ends because a value was lost, and others with it.
        _pass++;
        if (worker.State == WorkerState.Draining || worker.AttemptsLeft <= 0)
            UpdateDraining(worker);
    }
}
