using Braid.Driver.Workers;

namespace Braid.Tests.Driver;

public class MemoryWatchTests
{
    [Fact]
    public void A_worker_that_grows_is_pressed_then_relieved_then_ended()
    {
        var watch = new MemoryWatch(100);
        Assert.Equal(MemoryAction.None, watch.Look(69));
        Assert.Equal(MemoryAction.Press, watch.Look(70));
        Assert.Equal(MemoryAction.None, watch.Look(80));
        Assert.Equal(MemoryAction.Relieve, watch.Look(85));
        Assert.Equal(MemoryAction.None, watch.Look(99));
        Assert.Equal(MemoryAction.None, watch.Look(100));
        Assert.Equal(MemoryAction.None, watch.Look(100));
        Assert.Equal(MemoryAction.End, watch.Look(100));
    }

    [Fact]
    public void One_that_leaps_over_its_budget_is_relieved_before_it_is_ended()
    {
        var watch = new MemoryWatch(100);
        MemoryAction[] actions = [.. Enumerable.Range(0, 5).Select(_ => watch.Look(300))];
        Assert.Equal([MemoryAction.Press, MemoryAction.Relieve, MemoryAction.None, MemoryAction.None, MemoryAction.End], actions);
    }

    [Fact]
    public void One_whose_garbage_was_collected_is_relaxed_and_not_ended()
    {
        var watch = new MemoryWatch(100);
        watch.Look(300);
        Assert.Equal(MemoryAction.Relieve, watch.Look(300));
        Assert.Equal(MemoryAction.Relax, watch.Look(20));
        Assert.Equal(MemoryAction.None, watch.Look(20));
        Assert.False(watch.IsPressed);
        Assert.Equal(MemoryAction.Press, watch.Look(90));
        Assert.Equal(MemoryAction.Relieve, watch.Look(90));
    }

    [Fact]
    public void One_that_stays_high_is_relieved_again_for_its_task_may_have_let_go_meanwhile()
    {
        var watch = new MemoryWatch(100);
        watch.Look(90);
        MemoryAction[] actions = [.. Enumerable.Range(0, 17).Select(_ => watch.Look(90))];
        Assert.Equal([0, 8, 16], Enumerable.Range(0, actions.Length).Where(i => actions[i] == MemoryAction.Relieve));
    }

    [Fact]
    public void Between_the_marks_nothing_swings()
    {
        var watch = new MemoryWatch(100);
        watch.Look(70);
        for (var i = 0; i < 50; i++)
            Assert.Equal(MemoryAction.None, watch.Look(61 + i % 20));
    }
}
