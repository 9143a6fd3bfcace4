using System.Collections.Concurrent;
using System.Text;
using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Workers;

/// <summary>What Celery's users suffer from, mended. They disturb connections, so they run alone.</summary>
[Collection(nameof(FaultTests))]
[CollectionDefinition(nameof(FaultTests), DisableParallelization = true)]
public sealed class FaultTests
{
    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Poison_is_dead_lettered_and_the_worker_lives(string broker)
    {
        const int Seed = 20_261_121;
        await using var app = Apps.New(broker);
        var add = app.Task("add", (int x, int y) => x + y);
        await using var worker = await RunningWorker.StartAsync(app);
        var random = new Random(Seed);
        var sent = 0;
        for (var kind = 0; kind < 200; kind++)
        {
            if (Poison(random, kind) is not { } message) continue;
            sent++;
            await app.Broker.PublishAsync(new OutgoingMessage
            {
                Exchange = "",
                RoutingKey = app.Settings.DefaultQueue,
                Headers = message.Headers,
                Properties = new MessageProperties { ContentType = message.ContentType },
                Body = message.Body,
            }, CancellationToken.None);
        }
        Assert.Equal(5, await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        var dead = app.Settings.DefaultQueue + ".dead";
        await TestTime.UntilAsync(async () => await app.Broker.CountAsync(dead, CancellationToken.None) == sent, $"all {sent} are dead-lettered (seed {Seed})");
        await app.Broker.PurgeAsync(dead, CancellationToken.None);
    }

    private static (Dictionary<string, object?> Headers, byte[] Body, string? ContentType)? Poison(Random random, int kind)
    {
        var headers = new Dictionary<string, object?> { ["task"] = "add", ["id"] = Guid.NewGuid().ToString() };
        var good = "[[1, 2], {}, {}]"u8.ToArray();
        switch (kind % 10)
        {
            case 0: headers.Remove("id"); return (headers, good, "application/json");
            case 1: headers["timelimit"] = new List<object?> { "soon" }; return (headers, good, "application/json");
            case 2: return (headers, good, "application/x-python-serialize");
            case 3: headers["eta"] = "tomorrow"; return (headers, good, "application/json");
            case 4: return (headers, "[[1, 2], {}, {\"chain\": [1]}]"u8.ToArray(), "application/json");
            case 5: headers["compression"] = "application/x-gzip"; return (headers, good, "application/json");
            case 6: return ([], "\"nothing\""u8.ToArray(), "application/json");
            case 7: headers["retries"] = "many"; return (headers, good, "application/json");
            case 8: return (headers, Encoding.UTF8.GetBytes(new string('[', 2000)), "application/json");
            default:
                var noise = new byte[random.Next(1, 200)];
                random.NextBytes(noise);
                noise[0] = 0xff;
                return (headers, noise, "application/json");
        }
    }

    [Fact]
    public async Task On_Redis_envelopes_that_are_no_envelopes_are_dead_lettered_too()
    {
        await using var app = Apps.New(Brokers.Redis);
        var add = app.Task("add", (int x, int y) => x + y);
        await using var redis = Brokers.RedisClient();
        foreach (var junk in (string[])["", "junk", "{}", "[]", "null", "{\"properties\": {}}", "{\"body\": 1, \"properties\": {\"delivery_tag\": \"x\"}}", "{\"body\": \"***\", \"properties\": {\"body_encoding\": \"base64\"}}", "\u0000\u0001"])
            await redis.ExecuteAsync("LPUSH", app.Settings.DefaultQueue, junk);
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal(5, await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        var dead = app.Settings.DefaultQueue + ".dead";
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("LLEN", dead)).AsInteger() == 9, "all are dead-lettered");
        await redis.ExecuteAsync("DEL", dead);
    }

    [Fact]
    public async Task A_task_longer_than_the_visibility_timeout_runs_once()
    {
        await using var app = Apps.New(Brokers.Redis, new() { VisibilityTimeout = TimeSpan.FromSeconds(1), AcksLate = true });
        var runs = 0;
        var release = new TaskCompletionSource();
        var work = app.Task("work", async () => { Interlocked.Increment(ref runs); await release.Task; return 1; });
        var eta = app.Task("eta", () => Interlocked.Increment(ref runs));
        await using var one = await RunningWorker.StartAsync(app, new() { Concurrency = 2 });
        await using var two = await RunningWorker.StartAsync(app, new() { Concurrency = 2 });
        var long_ = await work.DelayAsync();
        var late = await eta.ApplyAsync(options: new() { Countdown = TimeSpan.FromSeconds(3.5) });
        // The ETA task is over after three visibility timeouts; the other task runs all the while.
        await late.GetAsync(TestTime.Limit);
        release.SetResult();
        await long_.GetAsync(TestTime.Limit);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task What_a_lost_worker_held_is_restored_after_the_visibility_timeout()
    {
        await using var app = Apps.New(Brokers.Redis, new() { VisibilityTimeout = TimeSpan.FromSeconds(1) });
        var seen = new TaskCompletionSource<bool>();
        var add = app.Task("add", (TaskRequest self, int x, int y) => { seen.TrySetResult(self.Redelivered); return x + y; });
        var result = await add.DelayAsync(2, 3);
        // What a Python worker leaves when it is killed.
        await using var redis = Brokers.RedisClient();
        var raw = (await redis.ExecuteAsync("RPOP", app.Settings.DefaultQueue)).Text!;
        var tag = RedisEnvelope.Read(Encoding.UTF8.GetBytes(raw)).DeliveryTag!;
        await redis.ExecuteAsync("HSET", "unacked", tag, $"[{raw}, \"\", \"{app.Settings.DefaultQueue}\"]");
        await redis.ExecuteAsync("ZADD", "unacked_index", "1", tag);
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal(5, await result.GetAsync(TestTime.Limit));
        Assert.True(await seen.Task.WaitAsync(TestTime.Limit));
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("HEXISTS", "unacked", tag)).AsInteger() == 0, "it is acknowledged");
    }

    [Fact]
    public async Task What_lies_unreadable_among_the_unacknowledged_is_dead_lettered_and_the_rest_is_restored()
    {
        await using var app = Apps.New(Brokers.Redis, new() { VisibilityTimeout = TimeSpan.FromSeconds(1) });
        var queue = app.Settings.DefaultQueue;
        var add = app.Task("add", (int x, int y) => x + y);
        var result = await add.DelayAsync(2, 3);
        await using var redis = Brokers.RedisClient();
        var raw = (await redis.ExecuteAsync("RPOP", queue)).Text!;
        // Redis's own JSON reader takes the second, which is not UTF-8; the third names a header twice.
        byte[][] records =
        [
            "junk"u8.ToArray(),
            [.. "[{\"headers\": {\"x\": \""u8, 0xff, .. "\"}, \"properties\": {}, \"body\": \"\"}, \"\", \""u8, .. Encoding.UTF8.GetBytes(queue), .. "\"]"u8],
            Encoding.UTF8.GetBytes($"[{{\"headers\": {{\"x\": 1, \"x\": 2}}, \"properties\": {{\"delivery_tag\": \"{queue}-2\"}}, \"body\": \"\"}}, \"\", \"{queue}\"]"),
            Encoding.UTF8.GetBytes($"[{raw}, \"\", \"{queue}\"]"),
        ];
        for (var i = 0; i < records.Length; i++)
        {
            await redis.ExecuteAsync("HSET", "unacked", $"{queue}-{i}", records[i]);
            await redis.ExecuteAsync("ZADD", "unacked_index", "1", $"{queue}-{i}");
        }
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal(5, await result.GetAsync(TestTime.Limit));
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("LLEN", queue + ".dead")).AsInteger() == 3, "the others are dead-lettered");
        await redis.ExecuteAsync("DEL", queue + ".dead");
    }

    [Fact]
    public async Task Killed_connections_to_Redis_lose_no_task()
    {
        await using var app = Apps.New(Brokers.Redis);
        var ledger = new ConcurrentDictionary<int, int>();
        var work = app.Task("work", (int n) => { ledger.AddOrUpdate(n, 1, (_, c) => c + 1); return n; });
        await using var worker = await RunningWorker.StartAsync(app);
        await using var redis = Brokers.RedisClient();
        var results = new List<AsyncResult<int>>();
        for (var n = 0; n < 300; n++)
        {
            results.Add(await work.DelayAsync(n));
            if (n % 50 == 25) await redis.ExecuteAsync("CLIENT", "KILL", "TYPE", n % 100 == 25 ? "normal" : "pubsub", "SKIPME", "yes");
        }
        for (var n = 0; n < results.Count; n++) Assert.Equal(n, await results[n].GetAsync(TestTime.Limit));
        Assert.Equal(300, ledger.Count);
    }

    [Fact]
    public async Task Tasks_beyond_the_ETA_limit_wait_at_the_broker_and_come_back()
    {
        await using var app = Apps.New(Brokers.Redis, new() { VisibilityTimeout = TimeSpan.FromSeconds(1) });
        var add = app.Task("add", (int x, int y) => x + y);
        var results = new List<AsyncResult<int>>();
        for (var n = 0; n < 10; n++) results.Add(await add.ApplyAsync([n, n], options: new() { Countdown = TimeSpan.FromSeconds(2) }));
        await using var worker = await RunningWorker.StartAsync(app, new() { EtaLimit = 3 });
        await using var redis = Brokers.RedisClient();
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("ZCARD", app.Settings.DefaultQueue + ".parked")).AsInteger() == 7, "the others are parked");
        for (var n = 0; n < 10; n++) Assert.Equal(2 * n, await results[n].GetAsync(TestTime.Limit));
    }

    [Fact]
    public async Task RabbitMQ_parks_tasks_beyond_the_ETA_limit_in_queues_that_bring_them_back()
    {
        await using var app = Apps.New(Brokers.RabbitMq);
        var add = app.Task("add", (int x, int y) => x + y);
        var results = new List<AsyncResult<int>>();
        for (var n = 0; n < 6; n++) results.Add(await add.ApplyAsync([n, n], options: new() { Countdown = TimeSpan.FromSeconds(2) }));
        await using var worker = await RunningWorker.StartAsync(app, new() { EtaLimit = 2 });
        for (var n = 0; n < 6; n++) Assert.Equal(2 * n, await results[n].GetAsync(TestTime.Limit));
    }
}
