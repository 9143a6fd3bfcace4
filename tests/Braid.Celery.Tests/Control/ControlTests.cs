using Braid.Celery.Control;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Control;

/// <summary>Commands beyond what the captures hold.</summary>
public sealed class ControlTests
{
    private static Dictionary<string, object?> Args(params (string, object?)[] pairs) => pairs.ToDictionary(p => p.Item1, p => p.Item2);

    private static async Task<object?> AskAsync(RunningWorker worker, string method, params (string, object?)[] arguments) =>
        (await worker.App.Control.InspectAsync(method, Args(arguments), [worker.Worker.Node], TestTime.Limit))[worker.Worker.Node];

    private static async Task<string> OkAsync(RunningWorker worker, string method, params (string, object?)[] arguments) =>
        (string)((Dictionary<string, object?>)(await AskAsync(worker, method, arguments))!)["ok"]!;

    private static async Task<string> ErrorAsync(RunningWorker worker, string method, params (string, object?)[] arguments) =>
        (string)((Dictionary<string, object?>)(await AskAsync(worker, method, arguments))!)["error"]!;

    private static async Task<IEnumerable<string?>> NamesAsync(RunningWorker worker, string method, params (string, object?)[] arguments) =>
        Assert.IsType<List<object?>>(await AskAsync(worker, method, arguments)).Cast<string?>();

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_command_that_nobody_waits_for_is_carried_out_before_the_question_behind_it(string broker)
    {
        await using var app = Apps.New(broker);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = Interop.PythonCelery.Console(broker, app.Settings.DefaultQueue);
        // Python marks it as expiring at second 0.
        await python.EvalAsync($"app.control.revoke('r1', destination=['{worker.Worker.Node}'], timeout=None)");
        await TestTime.UntilAsync(async () => ((List<object?>)(await AskAsync(worker, "revoked"))!).Contains("r1"), "Python's revoke without an answer is obeyed");
        for (var n = 0; n < 20; n++)
        {
            await app.Control.BroadcastAsync("revoke", Args(("task_id", $"x{n}")), [worker.Worker.Node]);
            Assert.Contains($"x{n}", Assert.IsType<List<object?>>(await AskAsync(worker, "dump_revoked")));
        }
    }

    [Fact]
    public async Task An_answer_knows_of_the_tasks_that_were_sent_before_the_question()
    {
        await using var app = Apps.New(Brokers.Redis);
        app.Task("later", () => 1);
        await using var worker = await RunningWorker.StartAsync(app);
        for (var n = 1; n <= 20; n++)
        {
            await app.SendTaskAsync("later", options: new() { Countdown = TimeSpan.FromHours(1) });
            Assert.Equal(n, Assert.IsType<List<object?>>(await AskAsync(worker, "scheduled")).Count);
        }
    }

    [Fact]
    public async Task A_revocation_holds_from_when_it_is_heard_whatever_is_still_being_answered()
    {
        await using var app = Apps.New(Brokers.Redis);
        await using var worker = RunningWorker.Prepare(app);
        // Nothing answers here: as while the question before it is looked into.
        await using var ear = new RemoteControl(app, worker.Worker);
        void Hear(string method, params (string, object?)[] arguments) => ear.OnMessage(new(
            PlainValue.ToJson(Args(("method", method), ("arguments", Args(arguments))), CeleryJson.Plain), [], new MessageProperties()));
        bool Revoked(string id, object? stamp) => worker.Worker.Revoked.Contains(new() { Task = "t", Id = id, Stamps = Args(("stamp", stamp)) });

        Hear("revoke_by_stamped_headers", ("headers", Args(("stamp", "a"))), ("terminate", true));
        Hear("revoke_by_stamped_headers", ("headers", new List<object?> { "stamp=b", "stamp=c" }));
        Hear("revoke", ("task_id", new List<object?> { "1", "2" }));
        Hear("terminate", ("task_id", "3"), ("signal", "KILL"));
        Hear("revoke_by_stamped_headers", ("headers", 1L));
        Hear("revoke");
        Assert.True(Revoked("x", "a"));
        Assert.True(Revoked("x", "c"));
        foreach (var id in (string[])["1", "2", "3"]) Assert.True(Revoked(id, null));
        Assert.False(Revoked("x", "d"));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task A_revocation_is_stored_before_the_task_comes_and_not_over_a_success(string backend)
    {
        await using var app = Apps.New(Brokers.Redis, backend: backend == "redis" ? Brokers.Backend : Brokers.Postgres);
        var work = app.Task("work", () => 1);
        await using var worker = await RunningWorker.StartAsync(app);
        var done = await work.DelayAsync();
        await done.GetAsync(TestTime.Limit);
        var elsewhere = await work.ApplyAsync(options: new() { Queue = Brokers.NewQueue() });
        await AskAsync(worker, "revoke", ("task_id", new List<object?> { done.Id, elsewhere.Id }));
        Assert.Equal(TaskStates.Success, await done.GetStateAsync());
        Assert.Equal(TaskStates.Revoked, await elsewhere.GetStateAsync());
        Assert.Equal("revoked", (await Assert.ThrowsAsync<TaskRevokedException>(() => elsewhere.GetAsync(TestTime.Limit))).Message);
    }

    [Fact]
    public async Task Registered_tasks_are_told_with_their_attributes()
    {
        await using var app = Apps.New(Brokers.Redis);
        app.Task("a", () => 1);
        app.Task("b", () => 1, new() { RateLimit = "10/m", Priority = 3 });
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal(["a", "b [rate_limit=10/m]"], await NamesAsync(worker, "registered"));
        Assert.Equal(["a [name=a]", "b [name=b priority=3]"], await NamesAsync(worker, "dump_tasks", ("taskinfoitems", new List<object?> { "name", "priority" })));
        Assert.Equal("new rate limit set successfully", await OkAsync(worker, "rate_limit", ("task_name", "a"), ("rate_limit", "5/s")));
        Assert.Equal("rate limit disabled successfully", await OkAsync(worker, "rate_limit", ("task_name", "b"), ("rate_limit", 0L)));
        Assert.Equal(["a [rate_limit=5/s]", "b"], await NamesAsync(worker, "registered"));
        Assert.Equal("Invalid rate limit string: ValueError(\"could not convert string to float: 'x'\")", await ErrorAsync(worker, "rate_limit", ("task_name", "a"), ("rate_limit", "x/s")));
        Assert.Contains("celery.starmap", Assert.IsType<List<object?>>(await AskAsync(worker, "registered", ("builtins", true))));
    }

    [Fact]
    public async Task A_stamp_revokes_what_runs_and_says_which_in_Pythons_words()
    {
        await using var app = Apps.New(Brokers.Redis);
        var sleep = app.Task("sleep", async (CancellationToken stop) => { await Task.Delay(Timeout.Infinite, stop); });
        await using var worker = await RunningWorker.StartAsync(app);
        var stamp = new Dictionary<string, object?> { ["header_A"] = "value_1" };
        var running = await sleep.S().Stamp(stamp).ApplyAsync();
        await TestTime.UntilAsync(() => Task.FromResult(worker.Worker.Active.ContainsKey(running.Id)), "it runs");
        Assert.Equal("headers {'header_A': 'value_2'} were not terminated",
            await OkAsync(worker, "revoke_by_stamped_headers", ("headers", new Dictionary<string, object?> { ["header_A"] = "value_2" }), ("terminate", true)));
        Assert.Equal("headers defaultdict(<class 'set'>, {'header_A': {'value_1'}}) revoked",
            await OkAsync(worker, "revoke_by_stamped_headers", ("headers", new List<object?> { "header_A=value_1" }), ("terminate", true)));
        await Assert.ThrowsAsync<TaskRevokedException>(() => running.GetAsync<object?>(TestTime.Limit));
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_consumer_is_added_with_the_exchange_and_key_of_the_command(string broker)
    {
        await using var app = Apps.New(broker);
        var add = app.Task("add", (int x, int y) => x + y);
        await using var worker = await RunningWorker.StartAsync(app);
        var (queue, exchange) = (Brokers.NewQueue(), Brokers.NewQueue());
        for (var twice = 0; twice < 2; twice++)
        {
            Assert.Equal($"add consumer {queue}",
                await OkAsync(worker, "add_consumer", ("queue", queue), ("exchange", exchange), ("exchange_type", "topic"), ("routing_key", "video.*")));
        }
        var result = await add.ApplyAsync([1, 2], options: new() { Exchange = exchange, RoutingKey = "video.cut" });
        Assert.Equal(3, await result.GetAsync(TestTime.Limit));
        var described = Assert.IsType<List<object?>>(await AskAsync(worker, "active_queues")).Cast<Dictionary<string, object?>>().Single(q => (string)q["name"]! == queue);
        Assert.Equal("topic", ((Dictionary<string, object?>)described["exchange"]!)["type"]);
        Assert.Equal("video.*", described["routing_key"]);
        Assert.Equal($"no longer consuming from {queue}", await OkAsync(worker, "cancel_consumer", ("queue", queue)));
        Assert.Single(Assert.IsType<List<object?>>(await AskAsync(worker, "active_queues")));
    }

    [Fact]
    public async Task Commands_that_do_not_fit_are_answered_as_Celery_answers()
    {
        await using var app = Apps.New(Brokers.Redis);
        await using var worker = await RunningWorker.StartAsync(app, new() { Autoscale = (4, 1), NodeName = "scaled@test", Mingle = false });
        Assert.Equal("pool_grow is not supported with autoscale. Adjust autoscale range instead.", await ErrorAsync(worker, "pool_grow", ("n", 1L)));
        Assert.Equal("autoscale now max=3 min=2", await OkAsync(worker, "autoscale", ("max", 3L), ("min", 2L)));
        Assert.Null(await AskAsync(worker, "hello", ("from_node", worker.Worker.Node)));
        Assert.Matches(@"^\d+(\.\d+)?MB$", Assert.IsType<string>(await AskAsync(worker, "memsample")));
        var conf = Assert.IsType<Dictionary<string, object?>>(await AskAsync(worker, "dump_conf"));
        foreach (var key in (string[])["broker_url", "result_backend", "accept_content", "enable_utc", "timezone", "include", "worker_hijack_root_logger", "worker_log_color", "broker_heartbeat", "deprecated_settings"])
            Assert.True(conf.ContainsKey(key), key);
    }
}
