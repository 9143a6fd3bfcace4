using System.Diagnostics;

namespace Braid.Tests.Engines;

/// <summary>More workers and fewer while work runs, and the end in good order.</summary>
public class ScalingTests
{
    private static readonly TaskOptions Once = new() { Retries = 0 };

    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Workers_come_and_go_while_tasks_run_and_every_task_runs_exactly_once(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine);
        var cluster = running.Cluster;
        using var signals = new Signals();
        var ran = signals["ran"];
        using var over = new CancellationTokenSource();
        var results = new List<ObjectRef<int>>();
        // Without a retry: a worker that took a task along with it would be seen.
        var submitting = Task.Run(async () =>
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
            {
                var number = i;
                results.Add(cluster.Submit(
                    () =>
                    {
                        Signals.Mark(ran);
                        return number;
                    },
                    i % 2 == 0 ? Once : TaskOptions.Default));
                if (i % 8 == 7)
                    await results[^4].AsTask();
            }
        });
        foreach (var workers in (int[])[4, 1, 3, 2])
        {
            await cluster.ScaleAsync(workers, TestContext.Current.CancellationToken);
            Assert.Equal(workers, cluster.Describe().Workers.Count);
        }

        await over.CancelAsync();
        await submitting;
        Assert.Equal(Enumerable.Range(0, results.Count), await Cluster.WhenAll(results));
        Assert.Equal(results.Count, Signals.Marks(ran));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_worker_that_is_to_go_finishes_what_it_runs(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine);
        using var signals = new Signals();
        var (started, go) = (signals["started"], signals["go"]);
        var tasks = Enumerable.Range(0, 2).Select(i => running.Cluster.Submit(
            () =>
            {
                Signals.Mark(started);
                Signals.Await(go);
                return i;
            },
            Once)).ToArray();
        await Until.TrueAsync(() => Signals.Marks(started) == 2);
        var scaling = running.Cluster.ScaleAsync(1, TestContext.Current.CancellationToken);
        Assert.False(scaling.IsCompleted);
        Signals.Set(go);
        await scaling;
        var ended = await Cluster.WhenAll(tasks);
        Assert.Equal([0, 1], ended);
        Assert.Single(running.Cluster.Describe().Workers);
        Assert.Equal(5, await running.Cluster.Submit(() => 5));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Values_outlive_the_workers_that_made_them_and_went()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 3 });
        var large = Enumerable.Range(0, 6).Select(i => running.Cluster.Submit(() => new byte[100_000 + i])).ToArray();
        foreach (var reference in large)
            await reference.State.Completion;
        await running.Cluster.ScaleAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 6).Select(i => 100_000 + i), (await Cluster.WhenAll(large)).Select(bytes => bytes.Length));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_cluster_that_scales_itself_grows_with_its_queue_and_shrinks_when_idle(string engine)
    {
        await using var running = await RunningCluster.StartAsync(
            engine, options => options with { Workers = null, MinWorkers = 1, MaxWorkers = 3, WorkerIdleTimeout = TimeSpan.FromMilliseconds(500) });
        Assert.Single(running.Cluster.Describe().Workers);
        using var signals = new Signals();
        var go = signals["go"];
        var tasks = Enumerable.Range(0, 12).Select(i => running.Cluster.Submit(() =>
        {
            Signals.Await(go);
            return i;
        })).ToArray();
        await Until.TrueAsync(() => running.Cluster.Describe().Workers.Count == 3);
        Signals.Set(go);
        Assert.Equal(Enumerable.Range(0, 12), await Cluster.WhenAll(tasks));
        await Until.TrueAsync(() => running.Cluster.Describe().Workers.Count == 1);
        Assert.Equal(7, await running.Cluster.Submit(() => 7));
        await Assert.ThrowsAsync<InvalidOperationException>(() => running.Cluster.ScaleAsync(2, TestContext.Current.CancellationToken));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Draining_takes_nothing_new_and_ends_with_the_last_task_and_what_it_submits(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine);
        var cluster = running.Cluster;
        using var signals = new Signals();
        var (started, go) = (signals["started"], signals["go"]);
        var outer = cluster.Submit(() =>
        {
            Signals.Mark(started);
            Signals.Await(go);
            return Cluster.Current.Submit(() => 20).Value + 1;
        });
        await Until.TrueAsync(() => Signals.Marks(started) == 1);
        var draining = cluster.DrainAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Throws<InvalidOperationException>(() => cluster.Submit(() => 1));
        Assert.Throws<InvalidOperationException>(() => cluster.Put(1));
        await Assert.ThrowsAsync<TimeoutException>(() => cluster.DrainAsync(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken));
        Assert.False(draining.IsCompleted);
        Signals.Set(go);
        await draining;
        Assert.Equal(ObjectStatus.Ready, outer.Status);
        Assert.Equal(21, await outer);
        Assert.Equal(0, cluster.Describe().PendingTasks);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Only_the_process_that_started_a_cluster_scales_or_drains_it()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await running.Cluster.Submit(() => Cluster.Current.ScaleAsync(3)));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await running.Cluster.Submit(() => Cluster.Current.DrainAsync()));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => running.Cluster.ScaleAsync(0, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Workers_that_die_before_they_have_done_anything_are_restarted_ever_more_slowly()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with
        {
            Workers = 1,
            // Ready, and dead a moment later, each of them.
            WorkerInitializer = () => new Thread(() =>
            {
                Thread.Sleep(20);
                Process.GetCurrentProcess().Kill();
            }).Start(),
        });
        var watch = Stopwatch.StartNew();
        var seen = new HashSet<int>();
        await Until.TrueAsync(() =>
        {
            foreach (var worker in running.Cluster.Describe().Workers)
                seen.Add(worker.Id);
            return watch.Elapsed > TimeSpan.FromSeconds(3);
        });
        // Four at once, then after 50, 100, 200, 400, 800 and 1600 ms.
        Assert.InRange(running.Cluster.Describe().Workers.Select(worker => worker.Id).Concat(seen).DefaultIfEmpty(1).Max(), 1, 10);
    }
}
