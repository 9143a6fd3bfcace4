namespace Braid.Celery.Tests.Chaos;

/// <summary>Workers that are killed without a word.</summary>
public sealed class WorkerLossTests
{
    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Killed_workers_lose_no_task_that_is_acknowledged_late(string broker)
    {
        const int Tasks = 400, Kills = 3, Slots = 4;
        var queue = Brokers.NewQueue();
        var key = "ledger-" + queue;
        await using var app = new CeleryApp("chaos", Brokers.Url(broker), Brokers.Backend, new() { DefaultQueue = queue });
        await using var redis = Brokers.RedisClient(1);
        for (var n = 0; n < Tasks; n++) await app.SendTaskAsync("chaos.note", [key, n]);
        async Task<long> DoneAsync() => (await redis.ExecuteAsync("HLEN", key)).AsInteger();
        Task<WorkerProcess> StartAsync() => WorkerProcess.StartAsync(Brokers.Url(broker), Brokers.Backend, queue, Slots, ("ACKS_LATE", "1"), ("VISIBILITY", "1"));

        for (var kill = 1; kill <= Kills; kill++)
        {
            await using var victim = await StartAsync();
            await TestTime.UntilAsync(async () => await DoneAsync() >= kill * 40, "it works");
            await victim.KillAsync();
        }
        await using var last = await StartAsync();
        await TestTime.UntilAsync(async () => await DoneAsync() == Tasks && await app.Broker.CountAsync(queue, default) == 0, "every task has run");
        var runs = (await redis.ExecuteAsync("HVALS", key)).Items!.Sum(c => c.AsInteger());
        // What a kill explains: the tasks that ran, and those whose acknowledgement was still on its way.
        Assert.InRange(runs, Tasks, Tasks + Kills * Slots * 33);
        await redis.ExecuteAsync("DEL", key);
    }
}
