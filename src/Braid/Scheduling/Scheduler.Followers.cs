namespace Braid.Scheduling;

/// <summary>
/// Pipelined chains: a task whose unfinished dependencies are all assigned to one worker follows them there at once, instead of a round trip after
/// each. The worker holds it until they have finished, and gives it back if one of them does not finish there.
/// </summary>
internal sealed partial class Scheduler
{
    private static bool CanPipelineOn(WorkerNode worker) =>
        // Nothing may start behind a careful task before its end is known here.
        worker.CarefulCount == 0 && !worker.IsPressed && worker.Pipelined < worker.Ahead * worker.Slots;

    /// <summary>The worker on which all unfinished dependencies are assigned, if the task may be sent there before they end.</summary>
    private WorkerNode? WorkerToFollow(TaskNode task)
    {
        if (task.State != TaskState.Waiting || task.Needs is not null || task.Dependencies.Length > _options.PipelinedDependenciesMaximum
            || ReadyQueues.ModeOf(task) != PlacementMode.Ahead)
            return null;
        WorkerNode? worker = null;
        foreach (var dependency in task.Dependencies)
        {
            if (dependency.State == TaskState.Done)
                continue;
            if (dependency is not { State: TaskState.Assigned, Role: null, Blocked: false, Reclaiming: false, CancelRequested: false }
                || (worker is not null && worker != dependency.Worker))
                return null;
            worker = dependency.Worker;
        }
        return worker;
    }

    /// <summary>A task that has just begun to wait: perhaps it can follow.</summary>
    private void FollowDependencies(TaskNode task)
    {
        if (WorkerToFollow(task) is not { } worker)
            return;
        worker.Followers.Enqueue(task);
        Touch(worker);
    }

    /// <summary>A task has just been assigned: perhaps those that wait for it can follow.</summary>
    private void OfferFollowers(TaskNode task)
    {
        var worker = task.Worker!;
        if (task.Dependents is TaskNode one)
        {
            if (WorkerToFollow(one) == worker)
                worker.Followers.Enqueue(one);
            return;
        }
        foreach (var dependent in (List<TaskNode>)task.Dependents!)
        {
            if (WorkerToFollow(dependent) == worker)
                worker.Followers.Enqueue(dependent);
        }
    }

    private void PlaceFollower(WorkerNode worker)
    {
        var task = worker.Followers.Dequeue();
        // What it depends on may have ended, moved or blocked since; then it takes the usual way.
        if (WorkerToFollow(task) == worker && task.Pending > 0 && ValuesPresent(task))
        {
            task.Mode = PlacementMode.Ahead;
            Assign(task, worker);
            CountOvertakings(task);
        }
        else
        {
            Touch(worker);
        }
    }

    /// <summary>Pending counts only what was unfinished when it was looked at; a value lost since is found here.</summary>
    private bool ValuesPresent(TaskNode task)
    {
        if (!_valuesLost)
            return true;
        var unfinished = 0;
        foreach (var dependency in task.Dependencies)
            unfinished += dependency.State == TaskState.Done ? 0 : 1;
        return unfinished == task.Pending;
    }

    /// <summary>The last of its dependencies finished: the task counts as running or queued there now.</summary>
    private void Follow(TaskNode task)
    {
        var worker = task.Worker!;
        worker.Pipelined--;
        worker.Load += task.Cores;
        Touch(worker);
    }

    /// <summary>
    /// The task they follow is blocked, perhaps for long: they are asked back, because a worker that holds followers is closed to careful tasks, one of
    /// which may be just what the blocked task waits for.
    /// </summary>
    private void TakeBackFollowers(TaskNode blocked)
    {
        switch (blocked.Dependents)
        {
            case TaskNode one:
                TakeBack(one, blocked.Worker!);
                break;
            case List<TaskNode> many:
                foreach (var dependent in many)
                    TakeBack(dependent, blocked.Worker!);
                break;
        }

        void TakeBack(TaskNode follower, WorkerNode worker)
        {
            if (follower is { State: TaskState.Assigned, Pending: > 0, Reclaiming: false, CancelRequested: false } && follower.Worker == worker)
                Reclaim(follower);
        }
    }
}
