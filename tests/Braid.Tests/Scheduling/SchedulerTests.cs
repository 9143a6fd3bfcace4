using Braid.Scheduling;

namespace Braid.Tests.Scheduling;

public class SchedulerTests
{
    private static readonly object Error = new();

    [Fact]
    public void A_task_without_dependencies_goes_to_a_free_worker_at_once()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var task = cluster.Submit();
        Assert.Equal((TaskState.Assigned, 1), (task.State, task.Attempt));
        Assert.Same(worker, task.Worker);
        Assert.True(cluster.Commanded(CommandKind.Assign, task));
        cluster.Complete(task);
        Assert.Equal(TaskState.Done, task.State);
        Assert.True(cluster.Commanded(CommandKind.Ended, task));
    }

    [Fact]
    public void Tasks_spread_over_free_slots_before_any_is_sent_ahead()
    {
        var cluster = new TestCluster();
        var workers = new[] { cluster.Worker(), cluster.Worker(2), cluster.Worker() };
        var tasks = Enumerable.Range(0, 4).Select(_ => cluster.Submit()).ToList();
        Assert.Equal([1, 2, 1], workers.Select(worker => worker.AssignedCount));
        Assert.All(tasks, task => Assert.Equal(TaskState.Assigned, task.State));
    }

    [Fact]
    public void Higher_priority_goes_first_and_equal_ones_in_order_of_submission()
    {
        var cluster = new TestCluster(new SchedulerOptions { AheadAtFirst = 1, AheadMaximum = 1 });
        var worker = cluster.Worker();
        var first = cluster.Submit(task => task.Priority = 3);
        var ahead = cluster.Submit(task => task.Priority = 3);
        var low = cluster.Submit(task => task.Priority = -1);
        var usual = cluster.Submit();
        var usualToo = cluster.Submit();
        var high = cluster.Submit(task => task.Priority = 3);
        var order = new List<TaskNode>();
        foreach (var done in new TaskNode[] { first, ahead, high, usual })
        {
            cluster.Complete(done);
            order.Add(cluster.Commands.Single(command => command.Kind == CommandKind.Assign).Task!);
        }
        Assert.Equal([high, usual, usualToo, low], order);
        Assert.Equal(2, worker.AssignedCount);
    }

    [Fact]
    public void A_higher_priority_is_sent_to_a_worker_that_is_full_of_lower_ones()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var tasks = Enumerable.Range(0, 9).Select(_ => cluster.Submit()).ToList();
        Assert.Equal(5, worker.AssignedCount);
        var urgent = Enumerable.Range(0, 3).Select(_ => cluster.Submit(task => task.Priority = 1)).ToList();
        // One for the slot when it is free, and one that is next: more would be no sooner.
        Assert.Equal([TaskState.Assigned, TaskState.Assigned, TaskState.Ready], urgent.Select(task => task.State));
        urgent.AddRange(Enumerable.Range(2, 20).Select(priority => cluster.Submit(task => task.Priority = priority)));
        Assert.Equal(8, urgent.Count(task => task.State == TaskState.Assigned));
        var order = new List<int>();
        while (urgent.Count > 0)
        {
            // As the worker does it.
            var next = urgent.Where(task => task.State == TaskState.Assigned).MaxBy(task => task.Priority)!;
            cluster.Complete(next);
            order.Add(next.Priority);
            urgent.Remove(next);
        }

        Assert.Equal([7, .. Enumerable.Range(8, 14).Reverse(), 6, 5, 4, 3, 2, 1, 1, 1], order);
        Assert.Equal(0, worker.UrgentCount);
        Assert.Equal(TaskState.Ready, tasks[5].State);
    }

    [Fact]
    public void A_worker_whose_slots_actors_hold_is_not_full_of_anything()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        cluster.Submit();
        worker.ActorCores = worker.SlotCores;
        Assert.False(worker.TakesUrgent);
    }

    [Fact]
    public void Short_tasks_are_sent_far_ahead_and_long_ones_hardly()
    {
        var (shorts, longs) = (new TestCluster(), new TestCluster());
        foreach (var (cluster, microseconds) in new[] { (shorts, 1L), (longs, 50_000L) })
        {
            cluster.Worker();
            var tasks = Enumerable.Range(0, 400).Select(_ => cluster.Submit()).ToList();
            for (var i = 0; i < 100; i++)
                cluster.Complete(tasks[i], microseconds);
        }
        Assert.Equal(1 + 128, shorts.Scheduler.AssignedCount);
        Assert.Equal(1 + 1, longs.Scheduler.AssignedCount);
    }

    [Fact]
    public void A_worker_that_runs_dry_gets_what_waits_behind_a_long_task_elsewhere()
    {
        var cluster = new TestCluster();
        var busy = cluster.Worker();
        var stuck = cluster.Submit();
        var behind = Enumerable.Range(0, 4).Select(_ => cluster.Submit()).ToList();
        var dry = cluster.Worker();
        Assert.Equal(5, busy.AssignedCount);
        var moved = 0;
        while (dry.AssignedCount > 0 || cluster.Commanded(CommandKind.Reclaim))
        {
            foreach (var back in cluster.Commands.Where(command => command.Kind == CommandKind.Reclaim).ToList())
                cluster.Do(() => cluster.Scheduler.Returned(busy, back.Task!.Id, back.Attempt));
            while (dry.First is { } task && !cluster.Commanded(CommandKind.Reclaim))
            {
                moved++;
                cluster.Complete(task);
            }
        }
        Assert.Equal(4, moved);
        Assert.Equal(TaskState.Assigned, stuck.State);
        Assert.All(behind, task => Assert.Equal(TaskState.Done, task.State));
    }

    [Fact]
    public void A_reclaimed_task_that_runs_already_is_not_asked_back_again()
    {
        var cluster = new TestCluster();
        var busy = cluster.Worker();
        cluster.Submit();
        var running = cluster.Submit();
        cluster.Worker();
        Assert.True(cluster.Commanded(CommandKind.Reclaim, running));
        cluster.Do(() => cluster.Scheduler.NotReturned(busy, running.Id, running.Attempt));
        Assert.False(cluster.Commanded(CommandKind.Reclaim, running));
    }

    [Fact]
    public void A_chain_follows_its_first_task_to_one_worker_and_ends_in_order()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        cluster.Worker();
        var chain = new List<TestTask> { cluster.Submit() };
        for (var i = 0; i < 3; i++)
            chain.Add(cluster.Submit(chain[^1]));
        Assert.All(chain, task => Assert.Equal((TaskState.Assigned, chain[0].Worker), (task.State, task.Worker)));
        foreach (var task in chain)
            cluster.Complete(task);
        Assert.All(chain, task => Assert.Equal(TaskState.Done, task.State));
    }

    [Fact]
    public void A_follower_that_is_given_back_waits_for_its_dependency_again()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var first = cluster.Submit();
        var second = cluster.Submit(first);
        cluster.Do(() => cluster.Scheduler.Failed(worker, first.Id, 1, Error, retryable: true));
        Assert.Equal((TaskState.Assigned, 2), (first.State, first.Attempt));
        cluster.Do(() => cluster.Scheduler.Returned(worker, second.Id, 1));
        Assert.Equal((TaskState.Assigned, 2), (second.State, second.Attempt));
        cluster.Complete(first);
        cluster.Complete(second);
        Assert.Equal(TaskState.Done, second.State);
    }

    [Fact]
    public void An_error_is_inherited_by_everything_that_depends_on_it()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker();
        var root = cluster.Submit();
        var child = cluster.Submit(root, cluster.Put());
        var grandchild = cluster.Submit(child);
        cluster.Do(() => cluster.Scheduler.Failed(worker, root.Id, 1, Error, retryable: false));
        var late = cluster.Submit(grandchild);
        Assert.All([root, child, grandchild, late], task => Assert.Equal((TaskState.Failed, Error), (task.State, task.Error)));
    }

    [Fact]
    public void A_chain_of_100_000_that_fails_at_its_root_overflows_no_stack()
    {
        var scheduler = new Scheduler(new SchedulerOptions());
        TaskNode[] previous = [];
        var tasks = new List<TestTask>();
        for (var i = 1; i <= 100_000; i++)
        {
            var task = new TestTask { Id = i, Dependencies = previous };
            tasks.Add(task);
            scheduler.Submit(task);
            previous = [task];
        }
        scheduler.Cancel(tasks[0], force: false);
        Assert.All(tasks, task => Assert.Equal(TaskState.Cancelled, task.State));
        Assert.Equal(100_000, scheduler.Commands.Count(command => command.Kind == CommandKind.Ended));
    }

    [Fact]
    public void A_task_that_waits_inside_its_body_gives_up_its_slot_and_resumes_when_its_children_ended()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var parent = cluster.Submit();
        var first = cluster.Submit();
        var second = cluster.Submit();
        cluster.Block(parent, first, second);
        Assert.True(parent.Blocked);
        cluster.Complete(first);
        Assert.True(parent.Blocked);
        cluster.Complete(second);
        Assert.True(cluster.Commanded(CommandKind.Resume, parent));
        cluster.Complete(parent);
        Assert.Equal(TaskState.Done, parent.State);
    }

    [Fact]
    public void Waiting_for_the_same_task_twice_is_waiting_for_it_once()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var parent = cluster.Submit();
        var child = cluster.Submit();
        cluster.Block(parent, child, child);
        cluster.Complete(child);
        Assert.True(cluster.Commanded(CommandKind.Resume, parent));
    }

    [Fact]
    public void Nesting_needs_one_slot_only_whatever_the_depth()
    {
        var cluster = new TestCluster();
        cluster.Worker();
        var stack = new Stack<TestTask>([cluster.Submit()]);
        for (var depth = 0; depth < 1_000; depth++)
        {
            var child = cluster.Submit();
            cluster.Block(stack.Peek(), child);
            stack.Push(child);
        }
        while (stack.TryPop(out var task))
        {
            Assert.Equal((TaskState.Assigned, false), (task.State, task.Blocked));
            cluster.Complete(task);
        }
    }
}
