using Braid.Celery.Backends;
using Braid.Celery.Beat;
using Braid.Celery.Brokers;
using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Workers;

public sealed class DuplicateTests
{
    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task Of_two_messages_of_one_tick_one_runs_also_when_it_is_delivered_again(string backend)
    {
        var queue = Brokers.NewQueue();
        await using var app = new CeleryApp("ticks", Brokers.Url(Brokers.RabbitMq), backend == "redis" ? Brokers.Backend : Brokers.Postgres, new() { DefaultQueue = queue });
        var ran = new List<string>();
        var work = app.Task("work", (string name) => { ran.Add(name); return name; });
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        var id = Guid.NewGuid().ToString();
        foreach (var publication in (string[])["first", "second", "first"])
        {
            await work.ApplyAsync([publication], options: new()
            {
                TaskId = id,
                Headers = new Dictionary<string, object?> { [CeleryBeat.PublicationHeader] = queue + publication },
            });
        }
        await (await work.DelayAsync("last")).GetAsync(TestTime.Limit);
        Assert.Equal(["first", "first", "last"], ran);
    }

    [Fact]
    public async Task A_success_that_is_delivered_again_is_not_run_again_where_the_app_asks_for_it()
    {
        await using var app = Apps.New(Brokers.Redis, new() { AcksLate = true, DeduplicateSuccessfulTasks = true });
        var ran = new List<string>();
        var work = app.Task("work", (string name) => { ran.Add(name); return name; });
        await using var redis = Brokers.RedisClient();
        async Task RedeliverAsync(string name, string state, params List<object?> children)
        {
            var message = MessageBuilder.Build(app, "work", [name], new Dictionary<string, object?>(), new()
            {
                ["task_id"] = name + app.Settings.DefaultQueue,
                ["link"] = work.S().Set(new() { TaskId = $"{name}-link-{app.Settings.DefaultQueue}" }).ToWire(),
            });
            await app.Backend.StoreAsync(new ResultMeta { TaskId = message.Task!.Id, Status = state, Result = "\"stored\""u8.ToArray(), Children = children }, null, default);
            var envelope = RedisDelivery.MarkRedelivered(RedisEnvelope.Write(message, Guid.NewGuid().ToString(), CeleryJson.Plain));
            await redis.ExecuteAsync("LPUSH", app.Settings.DefaultQueue, envelope);
        }
        await RedeliverAsync("done", TaskStates.Success);
        await RedeliverAsync("followed", TaskStates.Success, new List<object?> { new List<object?> { "a-child", null }, null });
        await RedeliverAsync("begun", TaskStates.Started);
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        // What follows a success is sent with what is stored, unless its children tell that it was.
        foreach (var name in (string[])["done", "begun"]) await app.Result($"{name}-link-{app.Settings.DefaultQueue}").GetAsync<string>(TestTime.Limit);
        await (await work.DelayAsync("last")).GetAsync(TestTime.Limit);
        Assert.Equal(["begun", "begun", "last", "stored"], ran.Order(StringComparer.Ordinal));
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("HLEN", "unacked")).AsInteger() == 0 || worker.Worker.OpenWork == 0, "all are settled");
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 6)]
    public async Task What_a_task_sends_has_its_priority_where_the_app_asks_for_it(bool inherits, int expected)
    {
        await using var app = Apps.New(Brokers.Redis, new() { InheritParentPriority = inherits });
        var priority = app.Task("priority", (TaskRequest self) => (int)(self.Priority ?? 0));
        var named = app.Task("named", (TaskRequest self) => (int)(self.Priority ?? 0), new() { Priority = 3 });
        var parent = app.Task("parent", async (TaskRequest self) => (string[])[(await priority.DelayAsync()).Id, (await named.DelayAsync()).Id]);
        await using var worker = await RunningWorker.StartAsync(app);
        var children = await (await parent.ApplyAsync([], options: new() { Priority = 6 })).GetAsync(TestTime.Limit);
        Assert.Equal(expected, await app.Result(children[0]).GetAsync<int>(TestTime.Limit));
        Assert.Equal(3, await app.Result(children[1]).GetAsync<int>(TestTime.Limit));
    }
}
