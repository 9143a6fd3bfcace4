using Braid.Driver.Workers;

namespace Braid.Tests.Driver;

/// <summary>The policy alone, with the time as a number.</summary>
public class AutoscalerTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan GrowAfter = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShrinkAfter = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_queue_that_lasts_brings_workers_by_doubling_up_to_the_most()
    {
        var scaler = new Autoscaler(1, 10, 1, GrowAfter, ShrinkAfter);
        var seen = new List<int>();
        var workers = 1;
        for (var now = TimeSpan.Zero; now < TimeSpan.FromSeconds(5); now += Tick)
        {
            workers = scaler.Decide(now, new Workload(workers, 1_000, 0));
            if (seen.Count == 0 || seen[^1] != workers)
                seen.Add(workers);
        }

        Assert.Equal([1, 2, 4, 8, 10], seen);
    }

    [Fact]
    public void No_more_come_than_the_queue_can_use()
    {
        var scaler = new Autoscaler(4, 100, 2, GrowAfter, ShrinkAfter);
        scaler.Decide(TimeSpan.Zero, new Workload(4, 3, 0));
        Assert.Equal(6, scaler.Decide(GrowAfter, new Workload(4, 3, 0)));
    }

    [Fact]
    public void A_queue_that_comes_and_goes_brings_nobody()
    {
        var scaler = new Autoscaler(1, 10, 1, GrowAfter, ShrinkAfter);
        for (var i = 0; i < 1_000; i++)
            Assert.Equal(1, scaler.Decide(i * Tick, new Workload(1, i % 2 * 500, 0)));
    }

    [Fact]
    public void Workers_that_were_idle_all_the_time_go_and_no_others()
    {
        var scaler = new Autoscaler(1, 10, 1, GrowAfter, ShrinkAfter);
        var now = TimeSpan.Zero;
        for (; now < ShrinkAfter; now += Tick)
            Assert.Equal(8, scaler.Decide(now, new Workload(8, 0, now == Tick ? 3 : 6)));
        Assert.Equal(5, scaler.Decide(now, new Workload(8, 0, 6)));
    }

    [Fact]
    public void The_least_stay_however_idle()
    {
        var scaler = new Autoscaler(3, 10, 1, GrowAfter, ShrinkAfter);
        var workers = 10;
        for (var now = TimeSpan.Zero; now < 4 * ShrinkAfter; now += Tick)
            workers = scaler.Decide(now, new Workload(workers, 0, workers));
        Assert.Equal(3, workers);
    }

    [Fact]
    public void Whatever_the_load_it_stays_within_its_bounds_and_settles_when_the_load_does()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var (min, slots) = (random.Next(1, 5), random.Next(1, 4));
            var max = min + random.Next(0, 20);
            var scaler = new Autoscaler(min, max, slots, GrowAfter, ShrinkAfter);
            var workers = min;
            var now = TimeSpan.Zero;
            // A cluster of equal tasks: so many run at once as there are slots, and so many are done in a tick.
            long queued = 0;
            for (var i = 0; i < 2_000; i++, now += Tick)
            {
                queued += i < 1_000 && random.Next(20) == 0 ? random.Next(50) : 0;
                var running = Math.Min(queued, (long)workers * slots);
                var idle = workers - (int)((running + slots - 1) / slots);
                workers = scaler.Decide(now, new Workload(workers, queued - running, idle));
                Assert.True(workers >= min && workers <= max, $"Seed {seed}: {workers} workers, from {min} to {max}.");
                queued -= Math.Min(running, random.Next(1, 4) * workers);
                queued = Math.Max(0, queued);
            }

            Assert.True(workers == min, $"Seed {seed}: {workers} workers remain of a cluster that has had nothing to do; the least are {min}.");
        }
    }
}
