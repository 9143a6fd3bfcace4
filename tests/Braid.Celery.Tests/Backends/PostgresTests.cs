using Braid.Celery.Backends;
using Braid.Celery.Backends.Postgres;
using Braid.Celery.Beat;

namespace Braid.Celery.Tests.Backends;

public sealed class PostgresTests
{
    private static CeleryApp NewApp(CelerySettings? settings = null) => Apps.New(Brokers.Redis, settings, Brokers.Postgres);

    private static async Task<long> CountAsync(CeleryApp app, string sql, params object?[] parameters) =>
        (long)(await ((PostgresBackend)app.Backend).Store.ScalarAsync(1, sql, parameters, default))!;

    [Fact]
    public async Task Results_failures_progress_and_groups_are_kept()
    {
        await using var app = NewApp();
        var add = app.Task("add", (int x, int y) => x + y);
        var text = app.Task("text", (string s) => s + "\0é\ud83d\ude00");
        var fail = app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        var go = new TaskCompletionSource();
        var seen = new TaskCompletionSource();
        var slow = app.Task("slow", async (TaskRequest self) => { await self.ReportProgressAsync(1, 2); seen.SetResult(); await go.Task; return 7; });
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal(5, await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        Assert.Equal("a\0é\ud83d\ude00", await (await text.DelayAsync("a")).GetAsync(TestTime.Limit));
        var failed = await fail.DelayAsync();
        Assert.Equal("ValueError", (await Assert.ThrowsAsync<TaskException>(() => failed.GetAsync(TestTime.Limit))).ExceptionType);
        var running = await slow.DelayAsync();
        await seen.Task.WaitAsync(TestTime.Limit);
        Assert.Equal("PROGRESS", await running.GetStateAsync());
        var waiting = running.GetAsync(TestTime.Limit);
        go.SetResult();
        Assert.Equal(7, await waiting);
        var group = (GroupResult)await Canvas.Group(add.S(1, 1), add.S(2, 2)).ApplyAsync();
        await group.SaveAsync();
        Assert.Equal([2, 4], await (await app.RestoreGroupAsync(group.Id))!.JoinAsync<int>(TestTime.Limit));
        await group.ForgetAsync();
        Assert.Null(await app.RestoreGroupAsync(group.Id));
        Assert.Equal(TaskStates.Pending, await group.Results[0].GetStateAsync());
    }

    [Fact]
    public async Task A_chord_fires_once_when_all_parts_are_there_nested_and_with_failures()
    {
        await using var app = NewApp();
        var add = app.Task("add", (int x, int y) => x + y);
        var sum = app.Task("sum", (int[] numbers) => numbers.Sum());
        var fail = app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        await using var worker = await RunningWorker.StartAsync(app);
        var chord = await Canvas.Chord([.. Enumerable.Range(0, 50).Select(i => add.S(i, i))], sum.S([])).ApplyAsync();
        Assert.Equal(2450, await chord.GetAsync<int>(TestTime.Limit));
        var nested = await Canvas.Chord([Canvas.Chord([add.S(1, 1), add.S(2, 2)], sum.S([])), Canvas.Chain(add.S(1, 0), add.S(1))], sum.S([])).ApplyAsync();
        Assert.Equal(8, await nested.GetAsync<int>(TestTime.Limit));
        var broken = await Canvas.Chord([add.S(1, 1), fail.S()], sum.S([])).ApplyAsync();
        await Assert.ThrowsAnyAsync<TaskException>(() => broken.GetAsync<int>(TestTime.Limit));
        // Its own outcome, not that of the part.
        await Assert.ThrowsAsync<ChordException>(() => app.Result(broken.Id).GetAsync<int>(TestTime.Limit));
        await TestTime.UntilAsync(async () => await CountAsync(app, "SELECT count(*) FROM braid_celery_chord_parts p WHERE task_id = $1", nested.Id) == 0, "parts are forgotten");
    }

    [Fact]
    public async Task Parts_that_come_at_once_or_twice_are_counted_once_and_one_caller_fires()
    {
        await using var app = NewApp();
        var backend = app.Backend;
        var group = Guid.NewGuid().ToString();
        await backend.SetChordSizeAsync(group, 20, default);
        await backend.ExtendChordAsync(group, 1, default);
        var told = await Task.WhenAll(Enumerable.Range(0, 42).Select(i => Task.Run(() =>
            backend.AddChordPartAsync(group, i % 21, new ResultMeta { TaskId = $"{group}-{i % 21}", Status = TaskStates.Success, Result = "1"u8.ToArray() }, default))));
        var parts = Assert.Single(told, t => t is not null)!;
        Assert.Equal(Enumerable.Range(0, 21).Select(i => $"{group}-{i}"), parts.Select(p => p.TaskId));
        await backend.CompleteChordAsync(group, failed: false, default);
    }

    [Fact]
    public async Task What_has_expired_is_not_seen_and_is_removed()
    {
        await using var app = NewApp(new() { ResultExpires = TimeSpan.FromMilliseconds(50) });
        var id = Guid.NewGuid().ToString();
        await app.Backend.StoreAsync(new ResultMeta { TaskId = id, Status = TaskStates.Success, Result = "1"u8.ToArray() }, null, default);
        await TestTime.UntilAsync(async () => await app.Backend.GetAsync(id, default) is null, "it expires");
        await app.Backend.CleanUpAsync(default);
        Assert.Equal(0, await CountAsync(app, "SELECT count(*) FROM braid_celery_results WHERE task_id = $1", id));
    }

    [Fact]
    public async Task A_success_is_final_and_lost_connections_lose_no_result()
    {
        await using var app = NewApp();
        var id = Guid.NewGuid().ToString();
        ResultMeta Meta(string status) => new() { TaskId = id, Status = status, Result = "1"u8.ToArray() };
        var waiting = app.Result(id).GetAsync<int>(TestTime.Limit);
        await app.Backend.StoreAsync(Meta(TaskStates.Started), null, default);
        await TestTime.UntilAsync(async () => await CountAsync(app, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN braid%'") > 0, "somebody listens");
        await CountAsync(app, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'braid-celery' AND query LIKE 'LISTEN braid%'");
        await app.Backend.StoreAsync(Meta(TaskStates.Success), null, default);
        Assert.Equal(1, await waiting);
        await app.Backend.StoreAsync(Meta(TaskStates.Retry), null, default);
        Assert.Equal(TaskStates.Success, await app.Result(id).GetStateAsync());
    }

    [Fact]
    public async Task Beats_meet_in_PostgreSQL_and_one_whose_session_was_ended_can_claim_nothing()
    {
        await using var app = NewApp();
        app.AddPeriodicTask("tick", Schedule.Every(TimeSpan.FromDays(1)), app.Signature("x"));
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var app1 = new CeleryApp(app.Settings.DefaultQueue, Brokers.Url(Brokers.Redis), Brokers.Postgres);
        await using var one = app1.CreateBeatStore(new());
        await using var two = app1.CreateBeatStore(new());
        var token = (await one.LeadAsync(TimeSpan.FromMilliseconds(300), default))!.Value;
        Assert.True(await one.ClaimAsync(token, "a", start, isFirst: true, default));
        Assert.False(await one.ClaimAsync(token, "a", start, isFirst: false, default));
        Assert.True(await one.ClaimAsync(token, "a", start.AddTicks(10), isFirst: false, default));
        Assert.Equal(new BeatMark(start.AddTicks(10), false), (await one.ReadAsync(default))["a"]);
        // It is silent for longer than its lease.
        await TestTime.UntilAsync(async () => await two.LeadAsync(TimeSpan.FromSeconds(30), default) is not null, "the other takes over");
        await Assert.ThrowsAsync<BeatDeposedException>(() => one.ClaimAsync(token, "a", start.AddSeconds(1), isFirst: false, default));
        Assert.Null(await one.LeadAsync(TimeSpan.FromSeconds(30), default));
        await two.ConfirmAsync("a", start.AddTicks(10), default);
        Assert.Equal(new BeatMark(start.AddTicks(10), true), (await two.ReadAsync(default))["a"]);
        await two.ReleaseAsync(default);
        await TestTime.UntilAsync(async () => await one.LeadAsync(TimeSpan.FromSeconds(30), default) is not null, "the lock is free");
    }
}
