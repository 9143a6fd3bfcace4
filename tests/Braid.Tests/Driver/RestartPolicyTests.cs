using Braid.Driver.Workers;

namespace Braid.Tests.Driver;

public class RestartPolicyTests
{
    [Fact]
    public void The_first_workers_that_end_without_having_done_anything_are_replaced_at_once_and_later_ones_ever_more_slowly()
    {
        var policy = new RestartPolicy();
        for (var i = 0; i < RestartPolicy.FreeRestarts; i++)
            Assert.Equal(TimeSpan.Zero, policy.Lost(hadFinishedTask: false));
        var expected = RestartPolicy.WaitMin;
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(expected, policy.Lost(hadFinishedTask: false));
            expected = expected * 2 < RestartPolicy.WaitMax ? expected * 2 : RestartPolicy.WaitMax;
        }
    }

    [Fact]
    public void Workers_that_did_something_are_replaced_at_once_however_often_they_end()
    {
        var policy = new RestartPolicy();
        for (var i = 0; i < 100; i++)
            Assert.Equal(TimeSpan.Zero, policy.Lost(hadFinishedTask: true));
    }

    [Fact]
    public void One_that_did_something_ends_the_series()
    {
        var policy = new RestartPolicy();
        for (var i = 0; i < 10; i++)
            policy.Lost(hadFinishedTask: false);
        Assert.Equal(TimeSpan.Zero, policy.Lost(hadFinishedTask: true));
        Assert.Equal(TimeSpan.Zero, policy.Lost(hadFinishedTask: false));
    }

    [Fact]
    public void No_series_is_too_long_to_count()
    {
        var policy = new RestartPolicy();
        for (var i = 0; i < 100_000; i++)
            Assert.InRange(policy.Lost(hadFinishedTask: false), TimeSpan.Zero, RestartPolicy.WaitMax);
    }
}
