namespace Braid.Celery.Tests.Workers;

/// <summary>How many messages a running worker has taken, as RabbitMQ sees it. On quorum queues each consumer has its own limit.</summary>
public sealed class PrefetchTests
{
    private static CeleryApp NewApp(string queue, bool quorum) => Apps.New(Brokers.RabbitMq, new()
    {
        Queues = new Dictionary<string, QueueOptions> { [queue] = new() { Quorum = quorum } },
    });

    private static Task LeftAsync(CeleryApp app, string queue, long messages) =>
        TestTime.UntilAsync(async () => await app.Broker.CountAsync(queue, default) == messages, $"{messages} messages are left in the queue");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pool_that_grows_takes_more_and_one_that_shrinks_takes_less(bool quorum)
    {
        var queue = Brokers.NewQueue();
        await using var app = NewApp(queue, quorum);
        var release = new SemaphoreSlim(0);
        var work = app.Task("work", async () => { await release.WaitAsync(); return 1; });
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [queue], Concurrency = 1, PrefetchMultiplier = 1, NodeName = $"{queue}@grow", Mingle = false });
        var results = new List<AsyncResult<int>>();
        async Task SendAsync(int count)
        {
            for (var n = 0; n < count; n++) results.Add(await work.ApplyAsync([], options: new() { Queue = queue, TaskId = Guid.NewGuid().ToString() }));
        }

        // Acknowledged when they start: one runs, one is taken ahead. A multiplier of 1 keeps the window from growing with the pace.
        await SendAsync(20);
        await LeftAsync(app, queue, 18);
        await app.Control.InspectAsync("pool_grow", new Dictionary<string, object?> { ["n"] = 2L }, [worker.Worker.Node], TestTime.Limit);
        await LeftAsync(app, queue, 14);
        await app.Control.InspectAsync("pool_shrink", new Dictionary<string, object?> { ["n"] = 2L }, [worker.Worker.Node], TestTime.Limit);
        // What is held already stays; when 12 are done one runs and one is held again.
        release.Release(12);
        await LeftAsync(app, queue, 6);
        release.Release(8);
        foreach (var result in results) Assert.Equal(1, await result.GetAsync(TestTime.Limit));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tasks_that_wait_for_their_time_take_no_room_from_others(bool quorum)
    {
        var queue = Brokers.NewQueue();
        await using var app = NewApp(queue, quorum);
        var work = app.Task("work", (int x) => x);
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [queue], Concurrency = 1, PrefetchMultiplier = 1 });
        var later = new SendOptions { Queue = queue, Countdown = TimeSpan.FromHours(1) };
        await Task.WhenAll(Enumerable.Range(0, 200).Select(n => work.ApplyAsync([n], options: later)));
        Assert.Equal(7, await (await work.ApplyAsync([7], options: new() { Queue = queue })).GetAsync(TestTime.Limit));
        await TestTime.UntilAsync(() => Task.FromResult(worker.Worker.Eta.Count == 200), "all that have a countdown are held");
    }

    [Fact]
    public async Task A_quorum_queue_is_added_to_a_worker_of_classic_ones()
    {
        var (classic, queue) = (Brokers.NewQueue(), Brokers.NewQueue());
        await using var app = NewApp(queue, quorum: true);
        var work = app.Task("work", (int x) => x);
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [classic] });
        await app.Control.InspectAsync("add_consumer", new Dictionary<string, object?> { ["queue"] = queue }, [worker.Worker.Node], TestTime.Limit);
        foreach (var name in (string[])[queue, classic])
            Assert.Equal(7, await (await work.ApplyAsync([7], options: new() { Queue = name })).GetAsync(TestTime.Limit));
    }
}
