using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Control;

/// <summary>A .NET worker's replies beside those captured from Celery 5.6.2: the same texts, and the same members of the same types in the same order.</summary>
public sealed class ControlGoldenTests
{
    private static readonly Dictionary<string, object?> Golden =
        (Dictionary<string, object?>)PlainValue.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "control-5.6.2.json")))!;

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task The_replies_to_commands_are_Celerys(string broker)
    {
        await using var app = Apps.New(broker);
        app.Task("ctasks.add", (int x, int y) => x + y);
        var release = new TaskCompletionSource();
        app.Task("ctasks.sleeping", async (int seconds, CancellationToken stop) => await release.Task.WaitAsync(stop));
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 2, TaskEvents = true, WarmShutdownLimit = TimeSpan.FromSeconds(1) });
        var node = worker.Worker.Node;
        var first = await app.SendTaskAsync("ctasks.sleeping", [70]);
        for (var n = 0; n < 3; n++) await app.SendTaskAsync("ctasks.sleeping", [40]);
        var later = await app.SendTaskAsync("ctasks.add", [1, 1], options: new() { Countdown = TimeSpan.FromHours(1) });
        await TestTime.UntilAsync(() => Task.FromResult(worker.Worker.Active.Count == 2 && worker.Worker.Pool.Reserved.Count == 2 && worker.Worker.Eta.Count == 1), "two run, two wait for a slot, one for its time");

        async Task<object?> AskAsync(string method, Dictionary<string, object?>? arguments = null) =>
            (await app.Control.InspectAsync(method, arguments, [node], TestTime.Limit))[node];

        async Task SameAsync(string golden, string method, Dictionary<string, object?>? arguments = null) =>
            Assert.Equal(ReplyShape.Of(Golden[golden]), ReplyShape.Of(await AskAsync(method, arguments)));

        await SameAsync("ping", "ping");
        await SameAsync("inspect_active", "active");
        await SameAsync("inspect_reserved", "reserved");
        await SameAsync("inspect_scheduled", "scheduled");
        await SameAsync("inspect_revoked", "revoked");
        await SameAsync("inspect_active_queues", "active_queues");
        await SameAsync("inspect_clock", "clock");
        await SameAsync("inspect_hello", "hello", new() { ["from_node"] = "other@host", ["revoked"] = new Dictionary<string, object?>() });
        await SameAsync("inspect_query_task", "query_task", new() { ["ids"] = new List<object?> { first.Id } });
        await SameAsync("rate_limit", "rate_limit", new() { ["task_name"] = "ctasks.add", ["rate_limit"] = "10/m" });
        await SameAsync("rate_limit_unknown", "rate_limit", new() { ["task_name"] = "nope", ["rate_limit"] = "10/m" });
        await SameAsync("time_limit", "time_limit", new() { ["task_name"] = "ctasks.add", ["soft"] = 10L, ["hard"] = 20L });
        await SameAsync("revoke_one", "revoke", new() { ["task_id"] = later.Id });
        await SameAsync("revoke_by_stamped_headers", "revoke_by_stamped_headers", new() { ["headers"] = new Dictionary<string, object?> { ["mystamp"] = "v1" } });
        await SameAsync("terminate", "terminate", new() { ["task_id"] = "no-such", ["signal"] = "SIGTERM" });
        await SameAsync("revoke_terminate", "revoke", new() { ["task_id"] = first.Id, ["terminate"] = true });
        await SameAsync("add_consumer", "add_consumer", new() { ["queue"] = "extra_q" });
        await SameAsync("cancel_consumer", "cancel_consumer", new() { ["queue"] = "extra_q" });
        await SameAsync("pool_grow", "pool_grow", new() { ["n"] = 1L });
        await SameAsync("pool_restart", "pool_restart");
        await SameAsync("autoscale", "autoscale", new() { ["max"] = 2L, ["min"] = 1L });
        await SameAsync("enable_events", "enable_events");
        await SameAsync("heartbeat", "heartbeat");
        await SameAsync("broadcast_unknown", "no_such_cmd");
        await AskAsync("disable_events");
        await SameAsync("disable_events", "disable_events");

        var expected = (Dictionary<string, object?>)Golden["inspect_stats"]!;
        var stats = (Dictionary<string, object?>)(await AskAsync("stats"))!;
        Assert.Equal(expected.Keys, stats.Keys);
        Assert.Equal(expected.Map("pool")!.Keys, stats.Map("pool")!.Keys);
        Assert.Equal(expected.Map("broker")!.Keys, stats.Map("broker")!.Keys);
        Assert.Equal(expected.Map("rusage")!.Keys, stats.Map("rusage")!.Keys);
        release.SetResult();
    }
}
