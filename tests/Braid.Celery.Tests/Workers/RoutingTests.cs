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
