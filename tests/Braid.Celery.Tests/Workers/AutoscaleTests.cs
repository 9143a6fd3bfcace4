using Braid.Celery.Workers;

namespace Braid.Celery.Tests.Workers;

public sealed class AutoscaleTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_pool_grows_at_once_and_shrinks_when_it_was_not_needed_for_half_a_minute()
    {
        var scaler = new Autoscaler(most: 10, least: 2);
        Assert.Equal(3, scaler.Decide(2, work: 5, Start));
        Assert.Equal(5, scaler.Decide(5, work: 100, Start.AddSeconds(1)));
        Assert.Equal(0, scaler.Decide(10, work: 3, Start.AddSeconds(2)));
        Assert.Equal(0, scaler.Decide(10, work: 3, Start.AddSeconds(30)));
        Assert.Equal(-7, scaler.Decide(10, work: 3, Start.AddSeconds(31)));
        Assert.Equal(0, scaler.Decide(3, work: 0, Start.AddSeconds(32)));
        Assert.Equal(-1, scaler.Decide(3, work: 0, Start.AddSeconds(61)));
        Assert.Equal((4, 2), scaler.Update(4, null));
        Assert.Equal(-6, scaler.Decide(10, work: 50, Start.AddSeconds(62)));
        Assert.Equal("ValueError", Assert.Throws<TaskException>(() => scaler.Update(1, 5)).ExceptionType);
    }

    [Fact]
    public async Task A_worker_has_as_many_slots_as_there_is_work_and_answers_the_command()
    {
        await using var app = Apps.New(Brokers.Redis);
        var release = new TaskCompletionSource();
        var running = 0;
        var work = app.Task("work", async () => { Interlocked.Increment(ref running); await release.Task; });
        await using var worker = await RunningWorker.StartAsync(app, new() { Autoscale = (4, 1), NodeName = $"{app.Settings.DefaultQueue}@scale", Mingle = false });
        Assert.Equal(1, worker.Worker.Pool.Size);
        for (var n = 0; n < 6; n++) await work.DelayAsync();
        await TestTime.UntilAsync(() => Task.FromResult(Volatile.Read(ref running) == 4), "all four slots run tasks");
        var replies = await app.Control.InspectAsync("autoscale", new Dictionary<string, object?> { ["max"] = 6L, ["min"] = 1L }, [worker.Worker.Node], TestTime.Limit);
        Assert.Equal("autoscale now max=6 min=1", ((Dictionary<string, object?>)replies[worker.Worker.Node]!)["ok"]);
        await TestTime.UntilAsync(() => Task.FromResult(Volatile.Read(ref running) == 6), "the others run too");
        release.SetResult();
    }

    [Fact]
    public async Task A_soft_shutdown_lets_what_runs_finish_within_its_time_and_a_cold_one_gives_it_back()
    {
        await using var app = Apps.New(Brokers.Redis, new() { AcksLate = true });
        var started = new SemaphoreSlim(0);
        var release = new TaskCompletionSource();
        var work = app.Task("work", async (CancellationToken stop) => { started.Release(); await release.Task.WaitAsync(stop); return 1; });
        var soft = await RunningWorker.StartAsync(app, new() { Concurrency = 1, SoftShutdownTimeout = TestTime.Limit });
        var first = await work.DelayAsync();
        await started.WaitAsync(TestTime.Limit);
        var ending = soft.Worker.ColdShutdownAsync();
        release.SetResult();
        await ending.WaitAsync(TestTime.Limit);
        await soft.DisposeAsync();
        Assert.Equal(1, await first.GetAsync(TestTime.Limit));

        release = new TaskCompletionSource();
        var second = await work.DelayAsync();
        var cold = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        await started.WaitAsync(TestTime.Limit);
        await cold.Worker.ColdShutdownAsync().WaitAsync(TestTime.Limit);
        await cold.DisposeAsync();
        Assert.Equal(1, await app.Broker.CountAsync(app.Settings.DefaultQueue, default));
        release.SetResult();
        await using var next = await RunningWorker.StartAsync(app);
        Assert.Equal(1, await second.GetAsync(TestTime.Limit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cold_shutdown_gives_up_a_method_that_does_not_look_at_its_token_and_gives_its_task_back_where_it_can(bool acksLate)
    {
        await using var app = Apps.New(Brokers.Redis, new() { AcksLate = acksLate });
        using var started = new SemaphoreSlim(0);
        using var release = new ManualResetEventSlim();
        var block = app.Task("block", () => { started.Release(); release.Wait(); });
        var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        var result = await block.DelayAsync();
        await started.WaitAsync(TestTime.Limit);
        await worker.Worker.ColdShutdownAsync().WaitAsync(TestTime.Limit);
        await worker.Finished.WaitAsync(TestTime.Limit);
        Assert.Equal(acksLate ? TaskStates.Pending : TaskStates.Failure, await result.GetStateAsync());
        release.Set();
        await worker.DisposeAsync();
        Assert.Equal(acksLate ? 1 : 0, await app.Broker.CountAsync(app.Settings.DefaultQueue, default));
    }
}
