using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>Ending tasks before their time.</summary>
public class CancelTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_running_task_sees_its_token_and_ends_as_cancelled(string engine)
    {
        using var signals = new Signals();
        var started = signals["started"];
        var task = clusters[engine].Submit(token =>
        {
            Signals.Set(started);
            token.WaitHandle.WaitOne(Until.Deadline);
            token.ThrowIfCancellationRequested();
        });
        await Signals.AwaitAsync(started);
        task.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await task);
        Assert.Equal(ObjectStatus.Cancelled, task.Status);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_whose_token_is_signalled_already_never_runs(string engine)
    {
        using var signals = new Signals();
        var log = signals["log"];
        var cancelled = new TaskOptions { CancellationToken = new CancellationToken(canceled: true) };
        for (var i = 0; i < 50; i++)
        {
            var task = clusters[engine].Submit(() => File.AppendAllText(log, "ran "), cancelled);
            var dependent = clusters[engine].Submit(() => task.IsCompleted);
            await Assert.ThrowsAsync<TaskCanceledException>(async () => await task);
            await Assert.ThrowsAsync<TaskCanceledException>(async () => await dependent);
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => clusters[engine].Stream(() => LogAsync(log), cancelled).ToListAsync().AsTask());
        Assert.Equal("cancelled", await clusters[engine].Submit(async () =>
        {
            try
            {
                await Cluster.Current.Submit(() => File.AppendAllText(log, "nested "), new() { CancellationToken = new CancellationToken(canceled: true) });
                return "ran";
            }
            catch (OperationCanceledException)
            {
                return "cancelled";
            }
        }));
        Assert.False(File.Exists(log));
    }

    private static async IAsyncEnumerable<int> LogAsync(string log)
    {
        await File.AppendAllTextAsync(log, "streamed ");
        yield return 1;
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_value_that_comes_nevertheless_stands(string engine)
    {
        using var signals = new Signals();
        var started = signals["started"];
        var task = clusters[engine].Submit(token =>
        {
            Signals.Set(started);
            return token.WaitHandle.WaitOne(Until.Deadline);
        });
        await Signals.AwaitAsync(started);
        task.Cancel();
        task.Cancel();
        Assert.True(await task);
        task.Cancel(force: true);
        Assert.Equal(ObjectStatus.Ready, task.Status);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task One_that_has_not_started_never_runs_and_takes_its_dependents_with_it(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var (go, ran) = (signals["go"], signals["ran"]);
        var held = Enumerable.Range(0, 2).Select(_ => cluster.Submit(() => Signals.Await(go))).ToArray();
        var after = cluster.Submit(() =>
        {
            Signals.Set(ran);
            return 1;
        });
        var dependent = cluster.Submit(() => after.Value + 1);
        var last = cluster.Submit(() => dependent.Value + 1);
        after.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await last);
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await dependent);
        Assert.Equal(ObjectStatus.Cancelled, after.Status);
        Signals.Set(go);
        await Cluster.WhenAll(held);
        Assert.False(Signals.IsSet(ran));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task The_token_of_the_options_cancels(string engine)
    {
        using var source = new CancellationTokenSource();
        var task = clusters[engine].Submit(token => Task.Delay(Timeout.Infinite, token), new() { CancellationToken = source.Token });
        await source.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await task);
        var tooLate = clusters[engine].Submit(token => Task.Delay(Timeout.Infinite, token), new() { CancellationToken = source.Token });
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await tooLate);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_that_waits_for_another_is_woken(string engine)
    {
        using var signals = new Signals();
        var started = signals["started"];
        var outer = clusters[engine].Submit(async () =>
        {
            var inner = Cluster.Current.Submit(token => Task.Delay(Timeout.Infinite, token));
            Signals.Set(started);
            try
            {
                await inner;
            }
            finally
            {
                inner.Cancel();
            }
        });
        await Signals.AwaitAsync(started);
        outer.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await outer);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_callback_on_the_token_that_throws_fails_only_the_task(string engine)
    {
        using var signals = new Signals();
        var started = signals["started"];
        var task = clusters[engine].Submit(async token =>
        {
            var called = new TaskCompletionSource();
            using var delay = token.Register(() => called.SetResult());
            using var registration = token.Register(() => throw new InvalidOperationException("in the callback"));
            Signals.Set(started);
            await called.Task;
            token.ThrowIfCancellationRequested();
        });
        await Signals.AwaitAsync(started);
        task.Cancel();
        // Depending on which is seen first, the callback's failure or the cancellation: the worker lives either way.
        await Assert.ThrowsAnyAsync<Exception>(async () => await task);
        Assert.IsNotType<WorkerLostException>(task.State.Error);
        Assert.Equal(2, await clusters[engine].Submit(() => 2));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task By_force_an_endless_loop_ends_and_only_that_task_is_lost()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1, SlotsPerWorker = 2 });
        using var signals = new Signals();
        var (started, other, go) = (signals["started"], signals["other"], signals["go"]);
        var endless = running.Cluster.Submit(() =>
        {
            Signals.Set(started);
            while (true)
            {
            }
        });
        var innocent = running.Cluster.Submit(
            () =>
            {
                Signals.Mark(other);
                Signals.Await(go);
                return TaskContext.Current!.Attempt;
            },
            new() { Retries = 0 });
        var queued = Enumerable.Range(0, 20).Select(i => running.Cluster.Submit(() => i, new() { Retries = 0 })).ToArray();
        await Signals.AwaitAsync(started);
        await Until.TrueAsync(() => Signals.Marks(other) == 1);
        endless.Cancel(force: true);
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await endless);
        Signals.Set(go);
        // Not charged: it had no retry to spend.
        Assert.Equal(2, await innocent);
        Assert.Equal(Enumerable.Range(0, 20), await Cluster.WhenAll(queued));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_task_cancels_another_by_force()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var ended = await running.Cluster.Submit(
            async () =>
            {
                var endless = Cluster.Current.Submit(() =>
                {
                    while (true)
                    {
                    }
                });
                endless.Cancel(force: true);
                try
                {
                    await endless;
                    return "value";
                }
                catch (TaskCanceledException)
                {
                    return "cancelled";
                }
            },
            new() { Retries = 5 });
        Assert.Equal("cancelled", ended);
    }
}
