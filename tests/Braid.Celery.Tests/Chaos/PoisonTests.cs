using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Chaos;

/// <summary>A thousand kinds of broken messages: each is run, refused or dead-lettered, and the worker lives.</summary>
public sealed class PoisonTests
{
    private const int Seed = 20_261_125, Messages = 1_000;

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Every_broken_message_is_settled_and_the_worker_goes_on(string broker)
    {
        await using var app = Apps.New(broker);
        var add = app.Task("add", (int x, int y) => x + y);
        var queue = app.Settings.DefaultQueue;
        var fuzz = new MessageFuzz(Seed);
        await using var worker = await RunningWorker.StartAsync(app);
        for (var n = 0; n < Messages; n++)
        {
            var message = fuzz.Next(queue);
            try { await app.Broker.PublishAsync(message, CancellationToken.None); }
            // What the transport itself cannot carry never comes to a worker.
            catch (Exception e) when (e is not OperationCanceledException) { Assert.IsNotType<NullReferenceException>(e); }
        }
        await CheckAsync(app, add, worker);
    }

    [Fact]
    public async Task Every_broken_envelope_of_Redis_is_settled_and_the_worker_goes_on()
    {
        await using var app = Apps.New(Brokers.Redis);
        var add = app.Task("add", (int x, int y) => x + y);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var redis = Brokers.RedisClient();
        var fuzz = new MessageFuzz(Seed);
        for (var n = 0; n < Messages; n++)
        {
            var message = MessageBuilder.Build(app, "add", [1, 2], new Dictionary<string, object?>(), []);
            await redis.ExecuteAsync("LPUSH", app.Settings.DefaultQueue, fuzz.Mutate(RedisEnvelope.Write(message, Guid.NewGuid().ToString(), CeleryJson.Plain)));
        }
        await CheckAsync(app, add, worker);
    }

    private static async Task CheckAsync(CeleryApp app, CeleryTask<int> add, RunningWorker worker)
    {
        var queue = app.Settings.DefaultQueue;
        await TestTime.UntilAsync(async () => await app.Broker.CountAsync(queue, default) == 0, "the queue is empty");
        Assert.Equal(5, await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        // What waits for its time is held; all else is settled.
        await TestTime.UntilAsync(() => Task.FromResult(worker.Worker.OpenWork == worker.Worker.Eta.Count), $"all is settled (seed {Seed})");
        Assert.False(worker.Finished.IsCompleted);
        Assert.InRange(await app.PurgeAsync(queue + ".dead"), Messages / 10, Messages);
    }
}
