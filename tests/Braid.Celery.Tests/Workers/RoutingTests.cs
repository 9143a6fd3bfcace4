using System.Globalization;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Workers;

/// <summary>Exchanges, keys and patterns; and tasks that RabbitMQ itself keeps until their time.</summary>
public sealed class RoutingTests
{
    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Tasks_are_routed_by_topic_to_the_queues_whose_pattern_fits(string broker)
    {
        var (feeds, videos, exchange) = (Brokers.NewQueue(), Brokers.NewQueue(), Brokers.NewQueue());
        await using var app = Apps.New(broker, new()
        {
            Queues = new Dictionary<string, QueueOptions>
            {
                [feeds] = new() { Exchange = exchange, ExchangeType = "topic", RoutingKey = "feed.#" },
                [videos] = new() { Exchange = exchange, ExchangeType = "topic", RoutingKey = "video.*" },
            },
        });
        var where = app.Task("where", (TaskRequest self) => self.Queue);
        app.Task("feeds.import", (TaskRequest self) => $"{self.Queue} {self.Exchange} {self.RoutingKey}");
        app.Route("feeds.*", new SendOptions { Exchange = exchange, RoutingKey = "feed.rss.new" });
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [feeds, videos] });

        async Task<string> SendAsync(string key) => await (await where.ApplyAsync(options: new() { Exchange = exchange, RoutingKey = key })).GetAsync(TestTime.Limit);
        Assert.Equal(feeds, await SendAsync("feed.a.b"));
        Assert.Equal(videos, await SendAsync("video.cut"));
        Assert.Equal($"{feeds} {exchange} feed.rss.new", await (await app.SendTaskAsync("feeds.import")).GetAsync<string>(TestTime.Limit));
        // A queue that the call names wins.
        Assert.Equal($"{videos}  {videos}", await (await app.SendTaskAsync("feeds.import", options: new() { Queue = videos })).GetAsync<string>(TestTime.Limit));
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_task_for_a_fanout_exchange_runs_once_on_each_worker_whoever_sends_it(string broker)
    {
        var exchange = Brokers.NewQueue();
        CeleryApp New(string queue) => Apps.New(broker, new() { Queues = new Dictionary<string, QueueOptions> { [queue] = new() { Exchange = exchange, ExchangeType = "fanout" } } });
        var ran = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var workers = new List<RunningWorker>();
        for (var n = 0; n < 2; n++)
        {
            var queue = $"{exchange}.{n}";
            var app = New(queue);
            app.Task("note", (TaskRequest self, string what) => ran.Enqueue($"{what} {self.Queue[^1]}"));
            workers.Add(await RunningWorker.StartAsync(app, new() { Queues = [queue] }));
        }
        var sender = workers[0].App;
        await sender.SendTaskAsync("note", ["queue"], options: new() { Queue = exchange + ".0" });
        await sender.SendTaskAsync("note", ["exchange"], options: new() { Exchange = exchange, RoutingKey = "any" });
        await using (var python = Interop.PythonCelery.Console(broker, exchange))
        {
            // A client that has declared the exchange publishes to it; one that has not finds the queues by their bindings.
            await python.EvalAsync($"app.send_task('note', ['declared'], queue=__import__('kombu').Queue('{exchange}.py', __import__('kombu').Exchange('{exchange}', 'fanout'), routing_key='{exchange}', expires=5)).id");
            await TestTime.UntilAsync(() => Task.FromResult(ran.Count >= 6), "all run");
        }
        Assert.Equal(["declared 0", "declared 1", "exchange 0", "exchange 1", "queue 0", "queue 1"], ran.Order(StringComparer.Ordinal));
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
            await worker.App.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_task_for_a_fanout_exchange_runs_on_a_Python_worker_with_Broadcast_as_on_ours(string broker)
    {
        var exchange = Brokers.NewQueue();
        var queue = exchange + ".net";
        // kombu's fanout on Redis hears its own key only: that of Celery's default queue, which Python's worker has from the test.
        await using var app = Apps.New(broker, new() { Queues = new Dictionary<string, QueueOptions> { [queue] = new() { Exchange = exchange, ExchangeType = "fanout", RoutingKey = exchange } } });
        await using var redis = Brokers.RedisClient(1);
        app.Task("py.ledger", async (string key, int n) => await redis.ExecuteAsync("HINCRBY", key, n, 100));
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [queue] });
        await using var python = await Interop.PythonCelery.BroadcastWorkerAsync(broker, exchange);
        // On Redis a fanout is lost on who has not subscribed yet, and Python's worker says that it is ready before that. It counts ones, ours hundreds.
        await TestTime.UntilAsync(
            async () =>
            {
                await app.SendTaskAsync("py.ledger", [exchange, 0], options: new() { Queue = queue });
                return long.Parse((await redis.ExecuteAsync("HGET", exchange, 0)).Text ?? "0", CultureInfo.InvariantCulture) % 100 > 0;
            },
            "Python's worker hears the exchange");
        await app.SendTaskAsync("py.ledger", [exchange, 1], options: new() { Queue = queue });
        await app.SendTaskAsync("py.ledger", [exchange, 2], options: new() { Exchange = exchange, RoutingKey = exchange });
        foreach (var n in (int[])[1, 2])
            await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("HGET", exchange, n)).Text == "101", $"task {n} runs once on each");
    }

    [Fact]
    public void A_topic_is_bound_in_Redis_as_kombu_binds_it() =>
        Assert.Equal("feed.#\u0006\u0016^feed\\..*?$\u0006\u0016feeds", RedisKeys.TopicMember("feed.#", "feeds"));

    [Fact]
    public void Of_the_routes_an_exact_name_wins_and_then_the_first_pattern()
    {
        var routes = new RoutingTable();
        Assert.Null(routes.Find("a.b"));
        routes.Add("a.*", new() { Queue = "stars" });
        routes.Add("*.b", new() { Queue = "tails" });
        routes.Add("a.b", new() { Queue = "exact" });
        Assert.Equal("exact", routes.Find("a.b")!["queue"]);
        Assert.Equal("stars", routes.Find("a.x.b")!["queue"]);
        Assert.Equal("tails", routes.Find("x.b")!["queue"]);
        Assert.Null(routes.Find("x.c"));
    }

    [Fact]
    public void The_delayed_key_is_the_bits_of_the_seconds_and_the_tasks_own_key() =>
        Assert.Equal("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.1.qq", RabbitMqDelays.RoutingKey(5, "qq"));

    [Fact]
    public async Task A_task_with_a_countdown_for_a_quorum_queue_waits_in_RabbitMQ()
    {
        var queue = Brokers.NewQueue();
        await using var app = Apps.New(Brokers.RabbitMq, new()
        {
            Queues = new Dictionary<string, QueueOptions> { [queue] = new() { Quorum = true, ExchangeType = "topic" } },
        });
        var add = app.Task("add", (int x, int y) => x + y);
        var now = await add.ApplyAsync([2, 3], options: new() { Queue = queue });
        var sent = app.Time.GetTimestamp();
        var later = await add.ApplyAsync([1, 2], options: new() { Queue = queue, Countdown = TimeSpan.FromSeconds(4.5) });
        // Only the one without a countdown came to its queue: four seconds are RabbitMQ's, the rest is the worker's.
        Assert.Equal(1, await app.Broker.CountAsync(queue, CancellationToken.None));
        Assert.Equal(1, await app.Broker.CountAsync("celery_delayed_2", CancellationToken.None));
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [queue] });
        Assert.Equal(5, await now.GetAsync(TestTime.Limit));
        Assert.Equal(3, await later.GetAsync(TestTime.Limit));
        Assert.InRange(app.Time.GetElapsedTime(sent).TotalSeconds, 4.4, TestTime.Limit.TotalSeconds);
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_task_sees_the_properties_and_limits_of_its_message(string broker)
    {
        await using var app = Apps.New(broker);
        app.Task("properties", (TaskRequest self) => self.Properties);
        app.Task("limits", (TaskRequest self) => new[] { self.TimeLimit?.TotalSeconds, self.SoftTimeLimit?.TotalSeconds, self.Priority }, new() { SoftTimeLimit = TimeSpan.FromSeconds(45) });
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = Interop.PythonCelery.Console(broker, app.Settings.DefaultQueue);
        Assert.Equal("1234", await python.GetAsync<string>("app.send_task('properties', app_id='1234').get(timeout=50)['app_id']"));
        Assert.Equal((double?[])[60, 45, 7], await python.GetAsync<double?[]>("app.send_task('limits', time_limit=60, priority=7).get(timeout=50)"));
        Assert.Equal((double?[])[null, 45, 0], await python.GetAsync<double?[]>("app.send_task('limits').get(timeout=50)"));
    }
}
