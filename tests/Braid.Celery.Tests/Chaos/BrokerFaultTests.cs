using System.Collections.Concurrent;
using Braid.Celery.Redis;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Tests.Chaos;

/// <summary>A broker that stops, restarts, stalls or is full. The ledger says how often each task ran.</summary>
public sealed class BrokerFaultTests
{
    private const int Tasks = 200;

    private static (CeleryApp App, CeleryTask<int> Work, ConcurrentDictionary<int, int> Ledger) NewApp(string broker, string backend, CelerySettings? settings = null)
    {
        var app = new CeleryApp("chaos", broker, backend, (settings ?? new()) with { DefaultQueue = Brokers.NewQueue(), PublishAttempts = 20 });
        var ledger = new ConcurrentDictionary<int, int>();
        var work = app.Task("work", async (int n) =>
        {
            ledger.AddOrUpdate(n, 1, (_, count) => count + 1);
            // The task's work: some run at the moment of a fault.
            await Task.Delay(5);
            return n;
        });
        return (app, work, ledger);
    }

    /// <summary>Sends and collects while <paramref name="fault"/> happens after a quarter and after a half of the tasks.</summary>
    private static async Task RunThroughAsync(CeleryTask<int> work, ConcurrentDictionary<int, int> ledger, Func<Task> fault)
    {
        var results = new List<AsyncResult<int>>();
        for (var n = 0; n < Tasks; n++)
        {
            if (n == Tasks / 4) await fault();
            results.Add(await work.DelayAsync(n));
            if (n == Tasks / 2) await fault();
        }
        for (var n = 0; n < Tasks; n++) Assert.Equal(n, await results[n].GetAsync(TestTime.Limit));
        Assert.Equal(Enumerable.Range(0, Tasks), ledger.Keys.Order());
    }

    [Fact]
    public async Task A_Redis_that_restarts_with_its_data_loses_no_task_and_no_result()
    {
        await using var server = await RedisServer.StartAsync("--appendfsync", "always");
        var (app, work, ledger) = NewApp(server.Url, server.Backend);
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app);
        await RunThroughAsync(work, ledger, async () =>
        {
            await server.StopAsync();
            await server.RunAsync();
        });
        await using var redis = server.Client(0);
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("HLEN", "unacked")).AsInteger() == 0, "all is acknowledged");
    }

    [Fact]
    public async Task A_worker_whose_broker_is_not_there_yet_says_so_and_waits_for_it()
    {
        await using var server = await RedisServer.StartAsync();
        await server.StopAsync();
        var log = new Log();
        await using var app = new CeleryApp("chaos", server.Url, server.Backend, new() { DefaultQueue = Brokers.NewQueue() }, log);
        var add = app.Task("add", (int x, int y) => x + y);
        var worker = RunningWorker.Prepare(app);
        var running = worker.RunAsync();
        Assert.Contains("Redis at", await log.Error.Task.WaitAsync(TestTime.Limit), StringComparison.Ordinal);
        await server.RunAsync();
        await running;
        Assert.Equal(5, await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task A_worker_that_still_waits_for_its_broker_ends_when_it_is_told_to()
    {
        var log = new Log();
        await using var app = new CeleryApp("chaos", "amqp://guest@127.0.0.1:1//", logger: log);
        using var stop = new CancellationTokenSource();
        var running = app.RunWorkerAsync(new(), stop.Token);
        Assert.Contains("RabbitMQ at amqp://guest@127.0.0.1:1// cannot be reached", await log.Error.Task.WaitAsync(TestTime.Limit), StringComparison.Ordinal);
        await stop.CancelAsync();
        await running.WaitAsync(TestTime.Limit);
    }

    /// <summary>The first error that is logged.</summary>
    private sealed class Log : ILogger
    {
        internal TaskCompletionSource<string> Error { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Error.TrySetResult(formatter(state, exception));
    }

    [Fact]
    public async Task A_Redis_that_stands_still_for_longer_than_the_visibility_timeout_makes_no_task_run_twice()
    {
        await using var server = await RedisServer.StartAsync();
        var (app, work, ledger) = NewApp(server.Url, server.Backend, new() { VisibilityTimeout = TimeSpan.FromSeconds(1) });
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app);
        await RunThroughAsync(work, ledger, () => server.PauseAsync(TimeSpan.FromSeconds(1.5)));
        Assert.All(ledger.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task A_Redis_whose_disk_is_full_stalls_the_worker_and_loses_nothing()
    {
        await using var server = await RedisServer.StartAsync("--appendonly", "no", "--save", "3600 100000");
        var (app, work, ledger) = NewApp(server.Url, server.Backend);
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app);
        await using var redis = server.Client();
        var results = new List<AsyncResult<int>>();
        for (var n = 0; n < 50; n++) results.Add(await work.DelayAsync(n));
        // The snapshot cannot be written: its name is taken by a folder. From then on Redis refuses every write with MISCONF.
        Directory.CreateDirectory(server.PathOf("dump.rdb"));
        await redis.ExecuteAsync("BGSAVE");
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("SET", "probe", "1").ContinueWith(t => t.Exception?.InnerException is RedisErrorException e && e.Message.StartsWith("MISCONF", StringComparison.Ordinal))), "writes are refused");
        var refused = work.DelayAsync(50);
        Directory.Delete(server.PathOf("dump.rdb"));
        await redis.ExecuteAsync("BGSAVE");
        results.Add(await refused);
        for (var n = 0; n < results.Count; n++) Assert.Equal(n, await results[n].GetAsync(TestTime.Limit));
        Assert.Equal(Enumerable.Range(0, 51), ledger.Keys.Order());
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("pause")]
    public async Task RabbitMQ_behind_a_network_that_is_cut_or_stalls_loses_no_task(string fault)
    {
        await using var network = new FaultyNetwork(new Uri(Brokers.Url(Brokers.RabbitMq)));
        var (app, work, ledger) = NewApp(network.Url, Brokers.Backend, new() { AcksLate = true });
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app);
        await RunThroughAsync(work, ledger, async () =>
        {
            if (fault == "cut") await network.CutAsync();
            else await network.PauseAsync(TimeSpan.FromSeconds(1.5));
        });
        // Late acknowledgement: what ran while the network was cut runs again, and nothing else.
        if (fault == "pause") Assert.All(ledger.Values, count => Assert.Equal(1, count));
        Assert.InRange(ledger.Values.Sum(), Tasks, Tasks + 2 * PrefetchMost);
    }

    /// <summary>The most that a worker of 4 slots holds.</summary>
    private const int PrefetchMost = 4 * 64;
}
