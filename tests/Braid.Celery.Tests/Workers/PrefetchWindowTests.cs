using Braid.Celery.Workers;

namespace Braid.Celery.Tests.Workers;

public sealed class PrefetchWindowTests
{
    private static PrefetchWindow After(int started, bool grows = true)
    {
        var window = new PrefetchWindow(grows);
        for (var i = 0; i < started; i++) window.Count();
        window.Tick();
        return window;
    }

    [Theory]
    [InlineData(3, 8)]
    [InlineData(8, 8)]
    [InlineData(40, 64)]
    [InlineData(10_000, 128)]
    public void The_window_is_a_tenth_of_a_seconds_work_within_its_bounds(int started, int expected) =>
        Assert.Equal(expected, After(started).Size(slots: 2, configured: 8));

    [Fact]
    public void It_shrinks_as_soon_as_tasks_take_longer()
    {
        var window = After(1_000);
        Assert.Equal(128, window.Size(2, 8));
        window.Tick();
        Assert.Equal(8, window.Size(2, 8));
    }

    [Fact]
    public void Room_for_waiting_messages_comes_at_once_and_goes_when_much_less_is_needed()
    {
        var window = After(0);
        Assert.Equal(0, window.RoomFor(0));
        Assert.Equal(64, window.RoomFor(1));
        Assert.Equal(64, window.RoomFor(64));
        Assert.Equal(256, window.RoomFor(200));
        Assert.Equal(256, window.RoomFor(130));
        Assert.Equal(128, window.RoomFor(128));
        Assert.Equal(128, window.RoomFor(1));
        Assert.Equal(0, window.RoomFor(0));
    }

    [Fact]
    public void It_does_not_grow_where_fairness_is_asked_for() => Assert.Equal(2, After(1_000, grows: false).Size(2, 2));
}
