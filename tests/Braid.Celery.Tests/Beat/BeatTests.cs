using Braid.Celery.Beat;
using Braid.Celery.Tests.Cli;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Beat;

public sealed class BeatTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CeleryApp NewApp(string broker, string name) =>
        new(name, Brokers.Url(broker), Brokers.Backend, new() { DefaultQueue = name });

    private static BeatTick Tick(CeleryApp app, DateTimeOffset time) => new(app.PeriodicTasks["tick"], time);

    /// <summary>All messages that wait in a queue of Redis, in the order in which they were sent.</summary>
    private static async Task<List<TaskHeaders>> SentAsync(string queue)
    {
        await using var redis = Brokers.RedisClient();
        var items = (await redis.ExecuteAsync("LRANGE", queue, 0, -1)).Items!;
        return [.. items.Reverse().Select(i => TaskHeaders.Read(RedisEnvelope.Read(i.Bytes!).Headers))];
    }

    [Fact]
    public void What_was_missed_is_sent_once_and_only_within_the_deadline()
    {
        var app = new CeleryApp("plan");
        var every = app.AddPeriodicTask("every", Schedule.Every(TimeSpan.FromSeconds(10)), app.Signature("a"));
        var daily = app.AddPeriodicTask("daily", Schedule.CrontabLine("0 6 * * *"), app.Signature("b"));
        var now = Start.AddDays(3).AddSeconds(4);
        var (due, wake) = BeatPlan.Decide([every, daily], _ => Start, now, null);
        Assert.Equal([new(daily, Start.AddDays(2).AddHours(6)), new(every, Start.AddDays(3))], due);
        Assert.Equal(Start.AddDays(3).AddSeconds(10), wake);
        (due, _) = BeatPlan.Decide([every, daily], _ => Start, now, TimeSpan.FromMinutes(1));
        Assert.Equal([new(every, Start.AddDays(3))], due);
        (due, wake) = BeatPlan.Decide([every, daily], _ => null, now, null);
        Assert.True(due.Count == 0 && wake is null);
    }

    [Fact]
    public async Task Of_several_beats_one_sends_each_tick_once_and_another_takes_over()
    {
        var name = Brokers.NewQueue();
        var apps = Enumerable.Range(0, 3).Select(_ => NewApp(Brokers.Redis, name)).ToList();
        foreach (var app in apps) app.AddPeriodicTask("tick", Schedule.Every(TimeSpan.FromMilliseconds(50)), app.Signature("tick"));
        var stops = apps.Select(_ => new CancellationTokenSource()).ToList();
        var beats = apps.Select(a => new CeleryBeat(a, new() { Lease = TimeSpan.FromSeconds(1) }, a.CreateBeatStore(new()))).ToList();
        var running = beats.Select((b, i) => b.RunAsync(stops[i].Token)).ToList();
        for (var wanted = 20; wanted <= 60; wanted += 20)
        {
            await TestTime.UntilAsync(async () => (await SentAsync(name)).Count >= wanted, $"{wanted} ticks are sent");
            Assert.InRange(beats.Count(b => b.Leads), 0, 1);
            // The one that leads goes; another follows it.
            if (wanted < 60) await TestTime.UntilAsync(() => Task.FromResult(beats.Exists(b => b.Leads)), "one leads");
            if (wanted < 60) await stops[beats.FindIndex(b => b.Leads)].CancelAsync();
        }
        foreach (var stop in stops) await stop.CancelAsync();
        await Task.WhenAll(running).WaitAsync(TestTime.Limit);
        var sent = await SentAsync(name);
        Assert.Equal(sent.Count, sent.Select(h => h.Id).Distinct().Count());
        Assert.All(sent, h => Assert.Equal("tick", h.Custom!["periodic_task_name"]));
        foreach (var app in apps) await app.PurgeAsync();
        foreach (var app in apps) await app.DisposeAsync();
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task Beats_that_are_killed_one_after_the_other_send_every_tick_once(string store)
    {
        const int Beats = 3;
        var name = Brokers.NewQueue();
        var backend = store == "redis" ? Brokers.Backend : Brokers.Postgres;
        var beats = Enumerable.Range(0, Beats).Select(_ => BraidCelery.StartWith(Brokers.Redis, backend, name, "-A", "Braid.Celery.App.dll:Tasks.App", "beat", "--lease", "2", "-l", "INFO")).ToList();
        static bool Leads(BraidCelery beat) => beat.Output.Split('\n').LastOrDefault(l => l.Contains("] beat ", StringComparison.Ordinal)) is { } last && last.EndsWith("beat leads", StringComparison.Ordinal);
        try
        {
            var wanted = 0;
            while (beats.Count > 0)
            {
                await TestTime.UntilAsync(() => Task.FromResult(beats.Exists(Leads)), "one leads");
                wanted += 10;
                await TestTime.UntilAsync(async () => (await SentAsync(name)).Count >= wanted, $"{wanted} ticks are sent");
                // One that was too slow to keep its lease may not know yet that it was replaced: it dies as well as another.
                await TestTime.UntilAsync(() => Task.FromResult(beats.Exists(Leads)), "one leads still");
                var leader = beats.First(Leads);
                leader.Signal("KILL");
                await leader.ExitAsync();
                beats.Remove(leader);
                await leader.DisposeAsync();
                wanted = (await SentAsync(name)).Count;
            }
        }
        finally
        {
            foreach (var beat in beats) await beat.DisposeAsync();
        }
        var ids = (await SentAsync(name)).ConvertAll(h => h.Id);
        // Redis is told of the tick and given the message in one step. With another store, who is killed between the broker's answer and the note
        // of it leaves a tick that is sent again, under its id: once a kill at most.
        Assert.InRange(ids.Count - ids.Distinct().Count(), 0, store == "redis" ? 0 : Beats);
        Assert.All(ids.GroupBy(i => i), same => Assert.InRange(same.Count(), 1, 2));
        await using var app = NewApp(Brokers.Redis, name);
        await app.PurgeAsync();
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("file")]
    public async Task A_tick_is_claimed_once_and_remembered_with_its_confirmation(string kind)
    {
        var name = Brokers.NewQueue();
        await using var app = NewApp(Brokers.Redis, name);
        var file = kind == "file" ? Path.Combine(Path.GetTempPath(), name + ".json") : null;
        await using (var store = app.CreateBeatStore(new() { ScheduleFile = file }))
        {
            var token = (await store.LeadAsync(TimeSpan.FromSeconds(30), default))!.Value;
            Assert.True(await store.ClaimAsync(token, "a", Start, isFirst: true, default));
            Assert.False(await store.ClaimAsync(token, "a", Start.AddSeconds(9), isFirst: true, default));
            Assert.False(await store.ClaimAsync(token, "a", Start, isFirst: false, default));
            Assert.True(await store.ClaimAsync(token, "a", Start.AddSeconds(1), isFirst: false, default));
            Assert.False(await store.ClaimAsync(token, "a", Start.AddSeconds(1), isFirst: false, default));
            Assert.Equal(new BeatMark(Start.AddSeconds(1), false), (await store.ReadAsync(default))["a"]);
            await store.ConfirmAsync("a", Start.AddSeconds(1), default);
            await using var other = app.CreateBeatStore(new() { ScheduleFile = file });
            Assert.Null(await other.LeadAsync(TimeSpan.FromSeconds(30), default));
            await store.ReleaseAsync(default);
            Assert.NotNull(await other.LeadAsync(TimeSpan.FromSeconds(30), default));
            Assert.Equal(new BeatMark(Start.AddSeconds(1), true), (await other.ReadAsync(default))["a"]);
        }
        if (file is not null) foreach (var left in Directory.GetFiles(Path.GetTempPath(), name + "*")) File.Delete(left);
    }

    [Fact]
    public async Task A_leader_that_was_replaced_while_it_was_paused_can_claim_nothing()
    {
        var name = Brokers.NewQueue();
        await using var app = NewApp(Brokers.Redis, name);
        await using var paused = app.CreateBeatStore(new());
        await using var next = app.CreateBeatStore(new());
        var old = (await paused.LeadAsync(TimeSpan.FromMilliseconds(1), default))!.Value;
        long? token = null;
        await TestTime.UntilAsync(async () => (token = await next.LeadAsync(TimeSpan.FromSeconds(30), default)) is not null, "the lease runs out");
        Assert.True(token > old);
        await Assert.ThrowsAsync<BeatDeposedException>(() => paused.ClaimAsync(old, "a", Start, isFirst: false, default));
        Assert.True(await next.ClaimAsync(token!.Value, "a", Start, isFirst: false, default));
    }

    [Fact]
    public async Task In_Redis_a_tick_is_sent_once_however_often_it_is_tried()
    {
        var name = Brokers.NewQueue();
        await using var app = NewApp(Brokers.Redis, name);
        await using var store = app.CreateBeatStore(new());
        var token = (await store.LeadAsync(TimeSpan.FromSeconds(30), default))!.Value;
        await store.ClaimAsync(token, "a", Start, isFirst: false, default);
        var message = MessageBuilder.Build(app, "work", [], new Dictionary<string, object?>(), []);
        // The answer was lost, or the leader was paused and another has sent it meanwhile.
        for (var n = 0; n < 3; n++) Assert.True(await store.TrySendAsync(app.Broker, message, "a", Start, 1, default));
        Assert.Single(await SentAsync(name));
        Assert.Equal(new BeatMark(Start, true), (await store.ReadAsync(default))["a"]);
        await store.ClaimAsync(token, "a", Start.AddSeconds(1), isFirst: false, default);
        await store.TrySendAsync(app.Broker, message, "a", Start, 1, default);
        Assert.Single(await SentAsync(name));
        await app.PurgeAsync();
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_tick_that_a_lost_beat_had_claimed_is_sent_by_the_next_one_under_the_same_id(string broker)
    {
        var name = Brokers.NewQueue();
        await using var app = NewApp(broker, name);
        var ran = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = app.Task("work", (TaskRequest self, int n) => ran.TrySetResult($"{self.Id} {n} {self.Headers["periodic_task_name"]}"));
        app.AddPeriodicTask("tick", Schedule.Every(TimeSpan.FromDays(1)), work.S(7));
        await using (var lost = app.CreateBeatStore(new()))
        {
            var token = (await lost.LeadAsync(TimeSpan.FromMilliseconds(1), default))!.Value;
            await lost.ClaimAsync(token, "tick", Start, isFirst: false, default);
        }
        using var stop = new CancellationTokenSource();
        // One slot: the two ticks run in the order in which they were sent.
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1, Mingle = false });
        var beat = app.RunBeatAsync(new() { Lease = TimeSpan.FromSeconds(1) }, stop.Token);
        // First what was left behind; its next tick, long over as well, follows.
        Assert.Equal($"{CeleryBeat.IdOf(name, Tick(app, Start))} 7 tick", await ran.Task.WaitAsync(TestTime.Limit));
        await stop.CancelAsync();
        await beat.WaitAsync(TestTime.Limit);
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task The_tasks_of_a_canvas_that_two_beats_sent_for_one_tick_run_once(string broker)
    {
        var name = Brokers.NewQueue();
        await using var app = NewApp(broker, name);
        var ran = new List<string>();
        var sums = 0;
        var work = app.Task("work", (int n) => { ran.Add($"work {n}"); return n; });
        var sum = app.Task("sum", (List<int> parts) => { ran.Add($"sum {parts.Sum()}"); return Interlocked.Increment(ref sums); });
        app.AddPeriodicTask("tick", Schedule.Every(TimeSpan.FromDays(1)),
            Canvas.Chain(work.S(1), Canvas.Chord([work.S(), Canvas.Chain(work.S(), work.S())], sum.S())));
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1, Mingle = false });
        await SendFromStartAsync();
        await TestTime.UntilAsync(() => Task.FromResult(Volatile.Read(ref sums) == 2), "both ticks have run");
        var once = ran.ToArray();

        // As if the beat had been lost before it could confirm: the next one sends both again.
        await using (var redis = Brokers.RedisClient(1)) await redis.ExecuteAsync("HDEL", $"braid.beat.{name}.ticks", "tick");
        await SendFromStartAsync();
        await (await work.DelayAsync(9)).GetAsync(TestTime.Limit);
        Assert.Equal([.. once, "work 9"], ran);

        async Task SendFromStartAsync()
        {
            await using var store = app.CreateBeatStore(new());
            var token = (await store.LeadAsync(TimeSpan.FromMilliseconds(1), default))!.Value;
            Assert.True(await store.ClaimAsync(token, "tick", Start, isFirst: false, default));
            using var stop = new CancellationTokenSource();
            var beat = app.RunBeatAsync(new() { Lease = TimeSpan.FromSeconds(1) }, stop.Token);
            // What was left behind, then its next tick, long over as well.
            await TestTime.UntilAsync(async () => (await store.ReadAsync(default))["tick"] is { IsSent: true } mark && mark.Tick > Start, "both ticks are sent");
            await stop.CancelAsync();
            await beat.WaitAsync(TestTime.Limit);
        }
    }
}
