using System.Globalization;
using Braid.Celery.Redis;

namespace Braid.Celery.Tests.Interop;

/// <summary>.NET and Python workers on one queue, with a ledger in Redis: each task is counted where it runs.</summary>
public sealed class MixedFleetTests
{
    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Both_kinds_of_workers_share_a_queue_and_each_task_runs_once(string broker)
    {
        const int Tasks = 10_000;
        await using var app = Apps.New(broker);
        var queue = app.Settings.DefaultQueue;
        await using var redis = Brokers.RedisClient(1);
        // The task of the same name that Python's worker has.
        var ledger = app.Task("py.ledger", async (string key, int n) =>
        {
            await redis.ExecuteAsync("HINCRBY", key, n, 1);
            await redis.ExecuteAsync("INCR", key + ":net");
        });
        var key = "ledger-" + queue;
        await using var python = await PythonCelery.WorkerAsync(broker, queue);
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        var results = await Task.WhenAll(Enumerable.Range(0, Tasks).Select(n => ledger.DelayAsync(key, n)));
        // The slower side takes its time; each wait is for one more task.
        foreach (var result in results) await result.GetAsync(TestTime.Limit);
        var counts = (await redis.ExecuteAsync("HVALS", key)).Items!.Select(c => c.AsInteger()).ToList();
        Assert.Equal(Tasks, counts.Count);
        Assert.All(counts, c => Assert.Equal(1, c));
        var net = (await redis.ExecuteAsync("GET", key + ":net")).Text;
        Assert.InRange(int.Parse(net ?? "0", CultureInfo.InvariantCulture), 1, Tasks);
        await redis.ExecuteAsync("DEL", key, key + ":net");
    }
}
