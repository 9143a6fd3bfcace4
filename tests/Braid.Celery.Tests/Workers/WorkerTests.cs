using System.Collections.Concurrent;

namespace Braid.Celery.Tests.Workers;

public sealed class WorkerTests
{
    public static TheoryData<string> Both => [Brokers.Redis, Brokers.RabbitMq];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Time_limits_end_a_task_with_the_names_that_Celery_gives(string broker)
    {
        await using var app = Apps.New(broker);
        var obedient = app.Task("obedient", async (CancellationToken stop) => { await Task.Delay(Timeout.Infinite, stop); return 1; });
        var caught = app.Task("caught", async (CancellationToken stop) =>
        {
            try { await Task.Delay(Timeout.Infinite, stop); }
            catch (OperationCanceledException) { }
            return "caught soft";
        });
        var release = new TaskCompletionSource();
        var deaf = app.Task("deaf", async () => { await release.Task; return 1; });
        var add = app.Task("add", (int x, int y) => x + y);
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });

        var soft = await obedient.ApplyAsync(options: new() { SoftTimeLimit = TimeSpan.FromMilliseconds(100) });
        var error = await Assert.ThrowsAsync<SoftTimeLimitExceededException>(() => soft.GetAsync(TestTime.Limit));
        Assert.Equal("billiard.exceptions", error.ExceptionModule);
        Assert.Equal("caught soft", await (await caught.ApplyAsync(options: new() { SoftTimeLimit = TimeSpan.FromMilliseconds(100) })).GetAsync(TestTime.Limit));
        var hard = await deaf.ApplyAsync(options: new() { TimeLimit = TimeSpan.FromSeconds(1) });
        var limit = await Assert.ThrowsAnyAsync<TaskException>(() => hard.GetAsync(TestTime.Limit));
        Assert.Equal(("TimeLimitExceeded", 1L), (limit.ExceptionType, limit.Arguments[0]));
        // The only slot is free again although the method still runs.
        Assert.Equal(3, await (await add.DelayAsync(1, 2)).GetAsync(TestTime.Limit));
        release.SetResult();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Expired_and_revoked_tasks_do_not_run(string broker)
    {
        await using var app = Apps.New(broker);
        var ran = new ConcurrentQueue<string>();
        var note = app.Task("note", (string s) => ran.Enqueue(s));
        var revoked = await note.ApplyAsync(["revoked"]);
        // RabbitMQ itself drops what has expired in the queue, so the message must expire after it was taken.
        var expired = await note.ApplyAsync(["expired"], options: new() { ExpiresIn = TimeSpan.FromMilliseconds(400), Countdown = TimeSpan.FromSeconds(1) });
        await using var worker = new DisposableWorker(app);
        worker.Worker.Worker.Revoked.Add([revoked.Id]);
        await worker.StartAsync();
        Assert.Equal("revoked", (await Assert.ThrowsAsync<TaskRevokedException>(() => revoked.GetAsync(TestTime.Limit))).Message);
        if (broker == Brokers.Redis) Assert.Equal("expired", (await Assert.ThrowsAsync<TaskRevokedException>(() => expired.GetAsync(TestTime.Limit))).Message);

        var waiting = await note.ApplyAsync(["waiting"], options: new() { Countdown = TimeSpan.FromHours(1) });
        await TestTime.UntilAsync(() => Task.FromResult(worker.Worker.Worker.Eta.Count > 0), "the task waits for its time");
        await waiting.RevokeAsync();
        await Assert.ThrowsAsync<TaskRevokedException>(() => waiting.GetAsync(TestTime.Limit));
        Assert.Empty(ran);
    }

    /// <summary>A worker that is looked at before it starts.</summary>
    private sealed class DisposableWorker(CeleryApp app) : IAsyncDisposable
    {
        internal RunningWorker Worker { get; } = RunningWorker.Prepare(app, new() { Concurrency = 2 });
        internal Task StartAsync() => Worker.RunAsync();
        public ValueTask DisposeAsync() => Worker.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_running_task_is_terminated_by_a_control_command(string broker)
    {
        await using var app = Apps.New(broker);
        var started = new TaskCompletionSource();
        var sleep = app.Task("sleep", async (CancellationToken stop) => { started.SetResult(); await Task.Delay(Timeout.Infinite, stop); });
        await using var worker = await RunningWorker.StartAsync(app);
        var result = await sleep.DelayAsync();
        await started.Task.WaitAsync(TestTime.Limit);
        // Only this worker: all others store that it is revoked.
        await app.Control.BroadcastAsync("revoke", new Dictionary<string, object?> { ["task_id"] = result.Id, ["terminate"] = true }, [worker.Worker.Node]);
        Assert.Equal("terminated", (await Assert.ThrowsAsync<TaskRevokedException>(() => result.GetAsync(TestTime.Limit))).Message);
        Assert.Equal(TaskStates.Revoked, await result.GetStateAsync());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Retries_back_off_and_end_with_the_cause(string broker)
    {
        await using var app = Apps.New(broker);
        var runs = new ConcurrentQueue<int>();
        var auto = app.Task("auto", (TaskRequest self) => { runs.Enqueue(self.Retries); throw new IOException("away"); },
            new() { AutoRetryFor = [typeof(IOException)], RetryBackoff = TimeSpan.FromMilliseconds(1), MaxRetries = 2 });
        var manual = app.Task("manual", async (TaskRequest self) => throw await self.RetryAsync(countdown: TimeSpan.Zero, maxRetries: 1));
        await using var worker = await RunningWorker.StartAsync(app);
        var failed = await auto.DelayAsync();
        Assert.Equal("IOException", (await Assert.ThrowsAsync<TaskException>(() => failed.GetAsync(TestTime.Limit))).ExceptionType);
        Assert.Equal([0, 1, 2], runs);
        var exceeded = await manual.DelayAsync();
        var error = await Assert.ThrowsAsync<TaskException>(() => exceeded.GetAsync(TestTime.Limit));
        Assert.Equal("MaxRetriesExceededError", error.ExceptionType);
        Assert.Equal($"Can't retry manual[{exceeded.Id}] args:() kwargs:{{}}", error.Message);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_retry_may_be_sent_otherwise_than_the_run_before(string broker)
    {
        await using var app = Apps.New(broker);
        var (queue, other) = (Brokers.NewQueue(), Brokers.NewQueue());
        var elsewhere = app.Task("elsewhere", async (TaskRequest self) => self.Retries == 0
            ? throw await self.RetryAsync(send: new() { Queue = other, Eta = app.Time.GetUtcNow(), ExpiresIn = TimeSpan.FromHours(1) })
            : $"{self.Queue} {self.Expires > app.Time.GetUtcNow()} {self.Retries}");
        var late = app.Task("late", async (TaskRequest self) => self.Retries == 0
            ? throw await self.RetryAsync(send: new() { Countdown = TimeSpan.FromSeconds(1), ExpiresIn = TimeSpan.FromMilliseconds(1) })
            : "ran");
        await using var worker = await RunningWorker.StartAsync(app, new() { Queues = [queue, other] });
        var moved = await elsewhere.ApplyAsync([], options: new() { Queue = queue });
        Assert.Equal($"{other} True 1", await moved.GetAsync(TestTime.Limit));
        var expired = await late.ApplyAsync([], options: new() { Queue = queue });
        await Assert.ThrowsAsync<TaskRevokedException>(() => expired.GetAsync(TestTime.Limit));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_warm_shutdown_finishes_what_runs_and_gives_back_what_waits(string broker)
    {
        await using var app = Apps.New(broker);
        var ledger = new ConcurrentQueue<int>();
        var first = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var work = app.Task("work", async (int n) =>
        {
            first.TrySetResult();
            await release.Task;
            ledger.Enqueue(n);
        });
        var results = new List<AsyncResult>();
        for (var n = 0; n < 20; n++) results.Add(await work.DelayAsync(n));
        results.Add(await work.ApplyAsync([20], options: new() { Countdown = TimeSpan.FromSeconds(1) }));
        var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 2 });
        await first.Task.WaitAsync(TestTime.Limit);
        worker.Worker.RequestShutdown();
        release.SetResult();
        await worker.DisposeAsync();
        Assert.InRange(ledger.Count, 1, 20);
        await using var second = await RunningWorker.StartAsync(app);
        foreach (var result in results) await result.GetAsync<object?>(TestTime.Limit);
        Assert.Equal(Enumerable.Range(0, 21), ledger.Order());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Progress_started_and_extended_results_are_stored(string broker)
    {
        await using var app = Apps.New(broker, new() { TrackStarted = true, ResultExtended = true });
        var seen = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var work = app.Task("work", async (TaskRequest self, int total) =>
        {
            await self.ReportProgressAsync(1, total);
            seen.SetResult();
            await go.Task;
            return total;
        });
        await using var worker = await RunningWorker.StartAsync(app);
        var result = await work.DelayAsync(2);
        await seen.Task.WaitAsync(TestTime.Limit);
        Assert.Equal("PROGRESS", await result.GetStateAsync());
        Assert.Equal(2, (await result.GetInfoAsync<Dictionary<string, int>>())!["total"]);
        go.SetResult();
        Assert.Equal(2, await result.GetAsync(TestTime.Limit));
        await using var redis = Brokers.RedisClient(1);
        var stored = (await redis.ExecuteAsync("GET", "celery-task-meta-" + result.Id)).Text!;
        Assert.Contains("\"name\":\"work\",\"args\":[2],\"kwargs\":{}", stored, StringComparison.Ordinal);
        Assert.Contains($"\"queue\":\"{app.Settings.DefaultQueue}\"", stored, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Results_come_back_by_rpc(string broker)
    {
        await using var app = Apps.New(broker, backend: "rpc://");
        var add = app.Task("add", (int x, int y) => x + y);
        var fail = app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal(5, await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        var failed = await fail.DelayAsync();
        Assert.Equal("ValueError", (await Assert.ThrowsAsync<TaskException>(() => failed.GetAsync(TestTime.Limit))).ExceptionType);
        await Assert.ThrowsAsync<NotSupportedException>(() => Canvas.Chord([add.S(1, 1)], add.S(1)).ApplyAsync());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Events_tell_a_tasks_whole_life(string broker)
    {
        await using var app = Apps.New(broker, new() { SendSentEvent = true });
        var add = app.Task("add", (int x, int y) => x + y);
        var events = new ConcurrentQueue<Dictionary<string, object?>>();
        await using var subscription = await app.Broker.SubscribeAsync(new()
        {
            Exchange = "celeryev",
            ExchangeType = "topic",
            ExchangeDurable = true,
            Queue = "celeryev." + Guid.NewGuid(),
            RoutingKey = "#",
            QueueExpires = TimeSpan.FromSeconds(60),
            MessageTtl = TimeSpan.FromSeconds(5),
        }, message =>
        {
            foreach (var e in Braid.Celery.Wire.PlainValue.Parse(message.Body.Span) is List<object?> list ? list : [Braid.Celery.Wire.PlainValue.Parse(message.Body.Span)])
                events.Enqueue((Dictionary<string, object?>)e!);
        }, CancellationToken.None);
        await using (var worker = await RunningWorker.StartAsync(app, new() { TaskEvents = true, Concurrency = 1 }))
        {
            var result = await add.DelayAsync(2, 3);
            await result.GetAsync(TestTime.Limit);
            bool Has(string type) => events.Any(e => (string?)e["type"] == type && (string?)e["hostname"] == worker.Worker.Node);
            await TestTime.UntilAsync(() => Task.FromResult(Has("worker-online") && Has("task-succeeded")), "the events arrive");
            var own = events.Where(e => e.GetValueOrDefault("uuid") as string == result.Id).ToList();
            await TestTime.UntilAsync(() => Task.FromResult(events.Any(e => (string?)e["type"] == "task-sent")), "the client tells that it sent it");
            Assert.Equal(["task-received", "task-started", "task-succeeded"], own.Select(e => (string)e["type"]!).Where(t => t != "task-sent"));
            Assert.Equal("5", own.Single(e => (string)e["type"]! == "task-succeeded")["result"]);
            Assert.Equal("(2, 3)", own.Single(e => (string)e["type"]! == "task-received")["args"]);
            var sent = events.Single(e => (string?)e["type"] == "task-sent");
            Assert.Equal((result.Id, "add", "(2, 3)", app.Settings.DefaultQueue), (sent["uuid"], sent["name"], sent["args"], sent["queue"]));
        }
        await TestTime.UntilAsync(() => Task.FromResult(events.Any(e => (string?)e["type"] == "worker-offline")), "the worker says good-bye");
    }

    [Fact]
    public async Task A_rate_limit_spaces_the_starts_and_every_task_runs()
    {
        await using var app = Apps.New(Brokers.Redis);
        var starts = new ConcurrentQueue<DateTimeOffset>();
        var work = app.Task("work", () => starts.Enqueue(DateTimeOffset.UtcNow), new() { RateLimit = "20/s" });
        await using var worker = await RunningWorker.StartAsync(app);
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => work.DelayAsync()));
        foreach (var result in results) await result.GetAsync<object?>(TestTime.Limit);
        // Five pauses of a twentieth of a second; a busy machine makes them longer, never shorter.
        Assert.True(starts.Max() - starts.Min() > TimeSpan.FromMilliseconds(200));
    }
}
