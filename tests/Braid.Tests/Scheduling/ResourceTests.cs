using Braid.Scheduling;

namespace Braid.Tests.Scheduling;

public class ResourceTests
{
    private const long Unit = ResourceNeed.Unit;

    [Fact]
    public void Needs_are_equal_by_value_whatever_the_order_of_their_names()
    {
        var one = new ResourceNeed(5, new ResourceAmount("a", 1), new ResourceAmount("b", 2));
        var two = new ResourceNeed(5, new ResourceAmount("b", 2), new ResourceAmount("a", 1));
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.NotEqual(one, new ResourceNeed(5, new ResourceAmount("a", 1)));
    }

    [Fact]
    public void A_resource_is_never_over_committed_and_fractions_add_up()
    {
        var cluster = new TestCluster();
        var worker = cluster.Worker(8, new ResourceAmount("gpu", Unit));
        var tasks = Enumerable.Range(0, 5).Select(_ => cluster.Submit(task => task.Needs = new ResourceNeed(Unit, new ResourceAmount("gpu", Unit / 3)))).ToList();
        Assert.Equal(3, worker.AssignedCount);
        cluster.Complete(tasks[0]);
        Assert.Equal(TaskState.Assigned, tasks[3].State);
        Assert.Equal(TaskState.Ready, tasks[4].State);
    }

    [Fact]
    public void A_big_task_is_not_overtaken_for_ever_by_small_ones()
    {
        var cluster = new TestCluster();
        cluster.Worker(2);
        var small = new Queue<TestTask>([cluster.Submit(), cluster.Submit(), cluster.Submit()]);
        var big = cluster.Submit(task => task.Needs = new ResourceNeed(2 * Unit));
        var overtaken = 0;
        while (big.State == TaskState.Ready && overtaken < 10_000)
        {
            small.Enqueue(cluster.Submit());
            cluster.Complete(small.Dequeue());
            overtaken++;
        }
        Assert.InRange(overtaken, 1, 200);
    }

    [Fact]
    public void A_blocked_task_gives_its_resources_to_its_child_and_takes_them_back_before_anything_new()
    {
        var cluster = new TestCluster();
        cluster.Worker(4, new ResourceAmount("gpu", Unit));
        var gpu = new ResourceNeed(Unit, new ResourceAmount("gpu", Unit));
        var parent = cluster.Submit(task => task.Needs = gpu);
        var child = cluster.Submit(task => task.Needs = gpu);
        var later = cluster.Submit(task => task.Needs = gpu);
        Assert.Equal((TaskState.Ready, TaskState.Ready), (child.State, later.State));
        cluster.Block(parent, child);
        Assert.Equal((TaskState.Assigned, TaskState.Ready), (child.State, later.State));
        cluster.Complete(child);
        Assert.True(cluster.Commanded(CommandKind.Resume, parent));
        Assert.Equal(TaskState.Ready, later.State);
        cluster.Complete(parent);
        Assert.Equal(TaskState.Assigned, later.State);
    }

    [Fact]
    public void A_task_goes_to_the_free_worker_that_holds_its_bytes()
    {
        var cluster = new TestCluster();
        var workers = Enumerable.Range(0, 4).Select(_ => cluster.Worker()).ToList();
        for (var i = 0; i < 20; i++)
        {
            var source = cluster.Submit();
            source.HeldBytes = 1 << 20;
            cluster.Complete(source);
            var user = cluster.Submit(source);
            Assert.Same(source.Worker, user.Worker);
            cluster.Complete(user);
        }
        Assert.Equal(4, workers.Count);
    }
}
