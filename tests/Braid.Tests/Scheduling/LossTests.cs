using Braid.Scheduling;

namespace Braid.Tests.Scheduling;

public class LossTests
{
    private static readonly object Lost = new();

    [Fact]
    public void A_lost_workers_tasks_run_elsewhere_and_what_it_still_sends_is_ignored()
    {
        var cluster = new TestCluster();
        var gone = cluster.Worker();
        var task = cluster.Submit();
        cluster.Do(() => cluster.Scheduler.WorkerLost(gone, Lost, null));
        var other = cluster.Worker();
        Assert.Equal((other, 2, 2), (task.Worker, task.Attempt, task.RetriesLeft));
        cluster.Do(() => cluster.Scheduler.Completed(gone, task.Id, 1, 1));
        cluster.Do(() => cluster.Scheduler.Completed(gone, task.Id, 2, 1));
        Assert.Equal(TaskState.Assigned, task.State);
        cluster.Complete(task);
        Assert.Equal(TaskState.Done, task.State);
    }

    [Fact]
    public void A_task_that_kills_every_worker_is_given_up_alone()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var killer = cluster.Submit(task => task.Priority = 1);
        var innocent = Enumerable.Range(0, 20).Select(_ => cluster.Submit()).ToList();
        var losses = 0;
        while (innocent.Exists(task => !task.HasEnded) || !killer.HasEnded)
        {
            var worker = killer.Worker ?? innocent.Find(task => task.Worker is not null && !task.HasEnded)!.Worker!;
            // The worker runs in order: whatever comes before the killer completes.
            while (worker.First is { } task && task != killer)
                cluster.Complete(task);
            if (worker.First != killer)
                continue;
            losses++;
            cluster.Do(() => cluster.Scheduler.WorkerLost(worker, Lost, null));
            cluster.Worker();
        }
        Assert.Equal(4, losses);
        Assert.Equal((TaskState.Failed, Lost), (killer.State, killer.Error));
        Assert.All(innocent, task => Assert.Equal(TaskState.Done, task.State));
    }

    [Fact]
    public void A_task_without_retries_is_never_sent_ahead_and_nothing_behind_it()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var once = cluster.Submit(task => task.RetriesLeft = 0);
        var next = cluster.Submit();
        var nextOnce = cluster.Submit(task => task.RetriesLeft = 0);
        Assert.Equal((1, TaskState.Ready, TaskState.Ready), (worker.AssignedCount, next.State, nextOnce.State));
        cluster.Do(() => cluster.Scheduler.WorkerLost(worker, Lost, null));
        Assert.Equal(TaskState.Failed, once.State);
        cluster.Worker();
        Assert.Equal((TaskState.Assigned, 3), (next.State, next.RetriesLeft));
    }

    [Fact]
    public void Cancelling_by_force_ends_only_that_task_and_costs_the_others_nothing()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker(slots: 2);
        var stubborn = cluster.Submit();
        var neighbour = cluster.Submit();
        var queued = cluster.Submit(task => task.RetriesLeft = 1);
        cluster.Do(() => cluster.Scheduler.Cancel(stubborn, force: true));
        Assert.True(cluster.Commanded(CommandKind.Kill, stubborn));
        cluster.Do(() => cluster.Scheduler.WorkerLost(worker, Lost, stubborn));
        Assert.Equal(TaskState.Cancelled, stubborn.State);
        Assert.Equal((TaskState.Ready, 3), (neighbour.State, neighbour.RetriesLeft));
        Assert.Equal((TaskState.Ready, 1), (queued.State, queued.RetriesLeft));
    }

    [Fact]
    public void A_value_that_comes_in_spite_of_a_cancellation_stands()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var task = cluster.Submit();
        cluster.Do(() => cluster.Scheduler.Cancel(task, force: false));
        Assert.True(cluster.Commanded(CommandKind.Cancel, task));
        cluster.Complete(task);
        Assert.Equal(TaskState.Done, task.State);
    }

    [Fact]
    public void A_blocked_task_that_is_cancelled_is_resumed_so_that_it_can_notice()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var parent = cluster.Submit();
        var child = cluster.Submit();
        cluster.Block(parent, child);
        cluster.Do(() => cluster.Scheduler.Cancel(parent, force: false));
        Assert.Equal([CommandKind.Cancel, CommandKind.Resume], cluster.Commands.Select(command => command.Kind));
        cluster.Do(() => cluster.Scheduler.CancelledOn(worker, parent.Id, parent.Attempt));
        Assert.Equal((TaskState.Cancelled, TaskState.Assigned), (parent.State, child.State));
    }

    [Fact]
    public void A_lost_value_is_rebuilt_with_the_dependencies_that_have_none()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var freed = cluster.Submit(task => task.RetriesLeft = 1);
        cluster.Complete(freed);
        var lost = cluster.Submit(freed);
        cluster.Complete(lost);
        var user = cluster.Submit(lost);
        freed.NoValue = true;
        cluster.Do(() => cluster.Scheduler.ValueLost(lost, Lost));
        // The user's worker does not find the value and gives the task back.
        cluster.Do(() => cluster.Scheduler.Returned(user.Worker!, user.Id, user.Attempt));
        Assert.Equal((TaskState.Assigned, 2, 0), (freed.State, freed.Attempt, freed.RetriesLeft));
        Assert.NotEqual(TaskState.Assigned, user.State);
        cluster.Complete(freed);
        cluster.Complete(lost);
        cluster.Complete(user);
        Assert.Equal(TaskState.Done, user.State);
    }

    [Fact]
    public void What_the_making_of_a_lost_value_waits_for_gets_the_resource_that_a_reader_of_the_value_was_assigned_with()
    {
        var cluster = new TestCluster();
        var needs = new ResourceNeed(0, new ResourceAmount("gpu", ResourceNeed.Unit));
        cluster.Worker(2, new ResourceAmount("gpu", ResourceNeed.Unit));
        var lost = cluster.Submit();
        cluster.Complete(lost);
        var reader = cluster.Submit(task => task.Needs = needs, lost);
        cluster.Do(() => cluster.Scheduler.ValueLost(lost, Lost));
        var child = cluster.Submit(task => task.Needs = needs);
        cluster.Block(lost, child);
        Assert.Equal((TaskState.Assigned, TaskState.Ready), (reader.State, child.State));
        // The reader runs, finds no value, and waits for the new one as any task does that waits inside its body.
        cluster.Block(reader, lost);
        Assert.Equal(TaskState.Assigned, child.State);
        cluster.Complete(child);
        Assert.True(cluster.Commanded(CommandKind.Resume, lost));
        cluster.Complete(lost);
        Assert.True(cluster.Commanded(CommandKind.Resume, reader));
        cluster.Complete(reader);
        Assert.Equal((TaskState.Done, TaskState.Done, 1), (lost.State, reader.State, reader.Attempt));
    }

    [Fact]
    public void A_lost_value_that_was_put_or_has_no_retry_left_fails()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var put = cluster.Put();
        var once = cluster.Submit(task => task.RetriesLeft = 0);
        cluster.Complete(once);
        foreach (var task in new TaskNode[] { put, once })
        {
            cluster.Do(() => cluster.Scheduler.ValueLost(task, Lost));
            Assert.Equal((TaskState.Failed, Lost), (task.State, task.Error));
            Assert.True(cluster.Commanded(CommandKind.Ended, task));
        }
    }

    [Fact]
    public void A_draining_worker_gives_back_what_it_has_not_started_and_says_when_it_is_empty()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var running = cluster.Submit();
        var queued = cluster.Submit();
        cluster.Do(() => cluster.Scheduler.Drain(worker));
        Assert.True(cluster.Commanded(CommandKind.Reclaim, queued));
        cluster.Do(() => cluster.Scheduler.Returned(worker, queued.Id, 1));
        cluster.Do(() => cluster.Scheduler.NotReturned(worker, running.Id, 1));
        Assert.Equal(TaskState.Ready, queued.State);
        cluster.Complete(running);
        Assert.True(cluster.Commanded(CommandKind.Drained));
    }

    [Fact]
    public void Where_there_is_no_process_to_kill_force_changes_nothing()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker(new TestWorker { IsThread = true });
        var stubborn = cluster.Submit();
        cluster.Do(() => cluster.Scheduler.Cancel(stubborn, force: true));
        Assert.Equal([CommandKind.Cancel], cluster.Commands.Select(command => command.Kind));
        var next = cluster.Submit();
        Assert.Same(worker, next.Worker);
    }

    [Fact]
    public void A_worker_whose_attempts_are_used_up_still_takes_what_its_blocked_task_waits_for()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker(new TestWorker { AttemptsLeft = 1 });
        var parent = cluster.Submit();
        Assert.Equal(WorkerState.Draining, worker.State);
        var children = new[] { cluster.Submit(), cluster.Submit() };
        Assert.All(children, child => Assert.Equal(TaskState.Ready, child.State));
        cluster.Block(parent, children);
        Assert.All(children, child => Assert.Equal(TaskState.Assigned, child.State));
        foreach (var child in children)
            cluster.Complete(child);
        Assert.Equal(WorkerState.Draining, worker.State);
        cluster.Complete(parent);
        Assert.True(cluster.Commanded(CommandKind.Drained));
    }
}
