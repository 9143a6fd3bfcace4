using System.Text.Json;
using Braid.Celery.Redis;
using Braid.Celery.Tests.Interop;

namespace Braid.Celery.Tests.Chaos;

/// <summary>.NET and Python workers on one queue while something breaks. A ledger in Redis says how often each task ran.</summary>
public sealed class MixedFaultTests
{
    private const int Tasks = 300;

    /// <summary>The visibility timeout of both sides, where it matters.</summary>
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(1);

    /// <summary>How long a broker stands still.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1.5);

    private const string PythonVisibility = """{"visibility_timeout": 1}""";

    private static CeleryApp NewApp(string broker, string backend, TimeSpan visibility) =>
        new("mixed", broker, backend, new() { DefaultQueue = Brokers.NewQueue(), AcksLate = true, PublishAttempts = 20, VisibilityTimeout = visibility });

    private static async Task<long[]> LedgerAsync(RedisClient redis, string key) => [.. (await redis.ExecuteAsync("HVALS", key)).Items!.Select(c => c.AsInteger())];

    [Theory]
    [InlineData(Brokers.Redis, "net")]
    [InlineData(Brokers.Redis, "python")]
    [InlineData(Brokers.RabbitMq, "net")]
    [InlineData(Brokers.RabbitMq, "python")]
    public async Task A_worker_that_is_killed_leaves_its_tasks_to_the_other_kind(string broker, string killed)
    {
        // Its own Redis: a short visibility timeout would restore other tests' messages.
        await using var server = await RedisServer.StartAsync();
        var url = broker == Brokers.Redis ? server.Url : Brokers.Url(broker);
        await using var app = NewApp(url, server.Backend, Visibility);
        await using var redis = server.Client();
        var queue = app.Settings.DefaultQueue;
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(n => app.SendTaskAsync("chaos.note", [queue, n])));
        await using var python = await PythonCelery.WorkerAsync((url, server.Backend), queue, broker == Brokers.Redis ? PythonVisibility : null, acksLate: true);
        await using var net = await WorkerProcess.StartAsync(url, server.Backend, queue, 1, ("ACKS_LATE", "1"), ("VISIBILITY", "1"));
        await TestTime.UntilAsync(async () => (await LedgerAsync(redis, queue)).Length >= Tasks / 5, "they work");
        if (killed == "net") await net.KillAsync();
        else if (broker == Brokers.Redis) await KillBetweenMessagesAsync(python, server, queue);
        else await python.KillAsync();
        // kombu looks for what is overdue soon after a worker's start, and then every 100 seconds: one that takes the place of another looks at once.
        if (killed == "net" && broker == Brokers.Redis)
            await TestTime.UntilAsync(async () => await NewestTakenAsync(server) + Visibility < DateTimeOffset.UtcNow, "all that the killed one held is overdue");
        await using var next = killed == "net" && broker == Brokers.Redis ? await PythonCelery.WorkerAsync((url, server.Backend), queue, PythonVisibility, acksLate: true) : null;
        await TestTime.UntilAsync(async () => (await LedgerAsync(redis, queue)).Length == Tasks, "every task has run");
        // What the kill explains: what ran there, and what was done and not yet acknowledged.
        Assert.InRange((await LedgerAsync(redis, queue)).Sum(), Tasks, Tasks + 33);
    }

    /// <summary>
    /// kombu pops a message, and notes that it has it by another command: a worker that dies between the two loses it, which is Python's own fault
    /// and not to be mended by others. So this one stands still first, and is killed where every message is in sight.
    /// </summary>
    private static async Task KillBetweenMessagesAsync(PythonCelery python, RedisServer server, string queue)
    {
        await using var redis = server.Client(0);
        await TestTime.UntilAsync(async () =>
        {
            python.Signal("STOP");
            if (await InSightAsync(redis, queue) == Tasks) return true;
            python.Signal("CONT");
            return false;
        }, "Python holds nothing that Redis does not know of");
        await python.KillAsync();
    }

    /// <summary>When the message was taken, or renewed, that was so last; the beginning of time where none is held.</summary>
    private static async Task<DateTimeOffset> NewestTakenAsync(RedisServer server)
    {
        await using var redis = server.Client(0);
        var newest = (await redis.ExecuteAsync("ZREVRANGE", "unacked_index", 0, 0, "WITHSCORES")).Items!;
        return newest.Length == 0 ? DateTimeOffset.MinValue : DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(newest[1].Text!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>How many tasks have run, wait, or are noted as taken, in one look.</summary>
    private static async Task<int> InSightAsync(RedisClient redis, string queue)
    {
        const string Look = "redis.call('SELECT', 1) local ran = redis.call('HKEYS', KEYS[1]) redis.call('SELECT', 0) "
            + "return {ran, redis.call('LRANGE', KEYS[1], 0, -1), redis.call('HVALS', 'unacked')}";
        var look = (await redis.ExecuteAsync("EVAL", Look, 1, queue)).Items!;
        return look[0].Items!.Select(n => (int)n.AsInteger())
            .Concat(look[1].Items!.Select(message => NumberOf(JsonDocument.Parse(message.Bytes).RootElement)))
            .Concat(look[2].Items!.Select(taken => NumberOf(JsonDocument.Parse(taken.Bytes).RootElement[0])))
            .Distinct().Count();
    }

    private static int NumberOf(JsonElement message) => JsonDocument.Parse(message.GetProperty("body").GetBytesFromBase64()).RootElement[0][1].GetInt32();

    [Fact]
    public async Task A_task_longer_than_the_visibility_timeout_runs_once_though_Python_workers_restore_what_is_overdue()
    {
        await using var server = await RedisServer.StartAsync();
        await using var app = NewApp(server.Url, server.Backend, Visibility);
        await using var redis = server.Client();
        var queue = app.Settings.DefaultQueue;
        var (began, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var note = app.Task("chaos.note", async (string key, int n) =>
        {
            await redis.ExecuteAsync("HINCRBY", key, n, 1);
            began.TrySetResult();
            await end.Task;
            return n;
        });
        await using (var worker = await RunningWorker.StartAsync(app))
        {
            var result = await note.DelayAsync(queue, 1);
            await began.Task.WaitAsync(TestTime.Limit);
            var taken = await NewestTakenAsync(server);
            await TestTime.UntilAsync(async () => await NewestTakenAsync(server) > taken + Visibility, "it would be overdue, had it not been renewed");
            await using var python = await PythonCelery.WorkerAsync((server.Url, server.Backend), queue, PythonVisibility, acksLate: true);
            // kombu looks for what is overdue ten seconds after its start, by a command that nobody else uses.
            await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("INFO", "commandstats")).Text!.Contains("cmdstat_zrevrangebyscore:", StringComparison.Ordinal), "Python has looked");
            end.SetResult();
            Assert.Equal(1, await result.GetAsync(TestTime.Limit));
        }
        Assert.Equal(1, Assert.Single(await LedgerAsync(redis, queue)));
    }

    [Fact]
    public async Task A_Redis_that_stands_still_makes_no_task_of_a_mixed_fleet_run_twice()
    {
        await using var server = await RedisServer.StartAsync();
        // Longer than the pause: Python renews nothing.
        await using var app = NewApp(server.Url, server.Backend, TimeSpan.FromHours(1));
        await using var redis = server.Client();
        await RunThroughAsync(app, redis, server.Url, server.Backend, () => server.PauseAsync(Pause));
        Assert.All(await LedgerAsync(redis, app.Settings.DefaultQueue), count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task A_RabbitMQ_that_stands_still_or_is_killed_and_comes_back_loses_no_task_of_a_mixed_fleet()
    {
        await using var server = await RabbitMqServer.StartAsync();
        await using var app = NewApp(server.Url, Brokers.Backend, Visibility);
        await using var redis = Brokers.RedisClient(1);
        var faults = 0;
        await RunThroughAsync(app, redis, server.Url, Brokers.Backend, async () =>
        {
            if (faults++ == 0)
            {
                await server.PauseAsync(Pause);
                return;
            }
            await server.KillAsync();
            await server.RunAsync();
        });
        // What ran and could not be acknowledged any more, runs again: at most what both sides hold.
        Assert.InRange((await LedgerAsync(redis, app.Settings.DefaultQueue)).Sum(), Tasks, Tasks + 2 * 4 * 64);
        await redis.ExecuteAsync("DEL", app.Settings.DefaultQueue);
    }

    /// <summary>Sends to both kinds of workers while <paramref name="fault"/> happens after a quarter and after a half of the tasks.</summary>
    private static async Task RunThroughAsync(CeleryApp app, RedisClient redis, string broker, string backend, Func<Task> fault)
    {
        var queue = app.Settings.DefaultQueue;
        var note = app.Task("chaos.note", async (string key, int n) =>
        {
            await redis.ExecuteAsync(new RedisCommand("HINCRBY", key, n, 1), 100);
            // The task's work, as long as its namesake's in Python: some run at the moment of a fault.
            await Task.Delay(5);
            return n;
        });
        await using var python = await PythonCelery.WorkerAsync((broker, backend), queue, null, acksLate: true);
        await using var worker = await RunningWorker.StartAsync(app);
        var results = new List<AsyncResult<int>>();
        for (var n = 0; n < Tasks; n++)
        {
            if (n is Tasks / 4 or Tasks / 2) await fault();
            results.Add(await note.DelayAsync(queue, n));
        }
        for (var n = 0; n < Tasks; n++) Assert.Equal(n, await results[n].GetAsync(TestTime.Limit));
        Assert.Equal(Tasks, (await LedgerAsync(redis, queue)).Length);
    }
}
