using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>Retries, time limits, priorities, resources, bounds.</summary>
public class OptionsTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_exception_that_RetryOn_accepts_is_tried_again_within_the_bound(string engine)
    {
        var cluster = clusters[engine];
        var third = cluster.Submit(
            () => TaskContext.Current!.Attempt < 3 ? throw new TimeoutException("try again") : TaskContext.Current.Attempt,
            new() { RetryOn = e => e is TimeoutException, Retries = 2 });
        Assert.Equal(3, await third);
        using var signals = new Signals();
        var ran = signals["ran"];
        var never = cluster.Submit(
            () =>
            {
                Signals.Mark(ran);
                throw new TimeoutException("attempt " + TaskContext.Current!.Attempt);
            },
            new() { RetryOn = e => e is TimeoutException, Retries = 2 });
        Assert.Equal("attempt 3", (await Assert.ThrowsAsync<TimeoutException>(async () => await never)).Message);
        Assert.Equal(3, Signals.Marks(ran));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Other_exceptions_are_not_tried_again(string engine)
    {
        using var signals = new Signals();
        var ran = signals["ran"];
        var failing = () =>
        {
            Signals.Mark(ran);
            throw new NotSupportedException();
        };
        await Assert.ThrowsAsync<NotSupportedException>(async () => await clusters[engine].Submit(failing));
        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await clusters[engine].Submit(failing, new() { RetryOn = e => e is TimeoutException }));
        Assert.Equal(2, Signals.Marks(ran));
        var broken = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await clusters[engine].Submit(failing, new() { RetryOn = _ => throw new FormatException() }));
        Assert.IsType<FormatException>(broken.InnerException);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Over_its_time_limit_a_task_that_listens_fails_with_TimeoutException(string engine)
    {
        var limited = clusters[engine].Submit(token => Task.Delay(Timeout.Infinite, token), new() { Timeout = TimeSpan.FromMilliseconds(20), Name = "slow" });
        Assert.Contains("'slow'", (await Assert.ThrowsAsync<TimeoutException>(async () => await limited)).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Over_its_time_limit_a_task_that_does_not_listen_loses_its_worker()
    {
        await using var running = await RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Workers = 1, CancelGrace = TimeSpan.FromMilliseconds(20) });
        var deaf = running.Cluster.Submit(
            () =>
            {
                while (true)
                {
                }
            },
            new() { Timeout = TimeSpan.FromMilliseconds(20), Name = "deaf" });
        var dependent = running.Cluster.Submit(() => deaf.WaitAsync(Until.Deadline));
        Assert.Contains("its worker was ended", (await Assert.ThrowsAsync<TimeoutException>(async () => await deaf)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(async () => await dependent);
        Assert.Equal(1, await running.Cluster.Submit(() => 1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Higher_priorities_start_first_and_equal_ones_in_order(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1 });
        using var signals = new Signals();
        var (started, go, log) = (signals["started"], signals["go"], signals["log"]);
        var first = running.Cluster.Submit(() =>
        {
            Signals.Set(started);
            Signals.Await(go);
        });
        await Signals.AwaitAsync(started);
        // What was sent ahead is on its way already, and yet the higher priorities go before it.
        var sent = Enumerable.Range(0, 10).Select(_ => running.Cluster.Submit(() => File.AppendAllText(log, "sent "))).ToArray();
        int[] priorities = [0, 5, -3, 5, 0, 9];
        var tasks = priorities.Select((priority, i) => running.Cluster.Submit(() => File.AppendAllText(log, $"{priority}/{i} "), new() { Priority = priority })).ToArray();
        // The worker has heard of all when it has heard of one that was sent after them.
        var last = running.Cluster.Submit(() => { }, new() { Priority = 10 });
        last.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await last);
        Signals.Set(go);
        await Cluster.WhenAll([.. sent, .. tasks]);
        Assert.Equal($"9/5 5/1 5/3 {string.Concat(Enumerable.Repeat("sent ", 10))}0/0 0/4 -3/2 ", await File.ReadAllTextAsync(log));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Fractions_of_a_resource_bound_how_many_run_at_once(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with
        {
            Workers = 1,
            SlotsPerWorker = 8,
            Resources = new Dictionary<string, double> { ["gpu"] = 1, ["memory"] = 1e9 },
        });
        using var signals = new Signals();
        var (now, peak) = (signals["now"], signals["peak"]);
        var third = new TaskOptions { Resources = new Dictionary<string, double> { ["gpu"] = 0.3333, ["cores"] = 0.1 } };
        var tasks = Enumerable.Range(0, 12).Select(_ => running.Cluster.Submit(
            () =>
            {
                var mine = $"{now}.{Guid.NewGuid():n}";
                File.WriteAllText(mine, "");
                Signals.Mark(peak, Signals.Marks(now).ToString(System.Globalization.CultureInfo.InvariantCulture));
                File.Delete(mine);
            },
            third)).ToArray();
        await Cluster.WhenAll(tasks);
        Assert.InRange(Signals.MarkTexts(peak).Max(int.Parse), 1, 3);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_that_no_worker_could_ever_run_is_refused_at_once(string engine)
    {
        var cluster = clusters[engine];
        var needsGpu = new TaskOptions { Resources = new Dictionary<string, double> { ["gpu"] = 1 } };
        var message = Assert.Throws<InvalidOperationException>(() => cluster.Submit(() => 1, needsGpu)).Message;
        Assert.Contains("'gpu'", message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => cluster.Submit(() => 1, new() { Resources = new Dictionary<string, double> { ["cores"] = 2 } }));
        // Inside a task too, where the reference tells of it, and what depends on that.
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await cluster.Submit(async () =>
        {
            var refused = Cluster.Current.Submit(() => 1, new() { Resources = new Dictionary<string, double> { ["gpu"] = 1 } });
            return await Cluster.Current.Submit(() => refused.Value);
        }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Pending_tasks_are_bounded_and_room_comes_back(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1, PendingTasksMax = 3 });
        using var signals = new Signals();
        var go = signals["go"];
        var held = Enumerable.Range(0, 3).Select(_ => running.Cluster.Submit(() => Signals.Await(go))).ToArray();
        Assert.Contains("PendingTasksMax", Assert.Throws<InvalidOperationException>(() => running.Cluster.Submit(() => 1)).Message, StringComparison.Ordinal);
        Assert.Equal(3, running.Cluster.Describe().PendingTasks);
        Signals.Set(go);
        await Cluster.WhenAll(held);
        Assert.Equal(1, await running.Cluster.Submit(() => 1));
        var refused = await running.Cluster.Submit(async () =>
        {
            var inner = Enumerable.Range(0, 10).Select(i => Submitted(i)).ToArray();
            var count = 0;
            foreach (var reference in inner)
            {
                try
                {
                    if (reference is not null)
                        await reference;
                    count += reference is null ? 1 : 0;
                }
                catch (InvalidOperationException)
                {
                    count++;
                }
            }

            return count;

            static ObjectRef? Submitted(int i)
            {
                try
                {
                    var first = Cluster.Current.Submit(() => i);
                    return Cluster.Current.Submit(() => first.Value);
                }
                catch (InvalidOperationException)
                {
                    return null;
                }
            }
        });
        Assert.InRange(refused, 1, 10);
    }

    public static TheoryData<string, string> WrongClusters => new()
    {
        { nameof(ClusterOptions.CancelGrace), "negative" },
        { nameof(ClusterOptions.CancelGrace), "endless" },
        { nameof(ClusterOptions.StartTimeout), "negative" },
        { nameof(ClusterOptions.StartTimeout), "zero" },
        { nameof(ClusterOptions.StartTimeout), "endless" },
        { nameof(ClusterOptions.Engine), "null" },
        { nameof(ClusterOptions.Resources), "null" },
        { nameof(ClusterOptions.Store), "null" },
        { nameof(ClusterOptions.Environment), "null" },
        { nameof(ClusterOptions.TimeProvider), "null" },
    };

    [Theory(Timeout = Until.TestMs), MemberData(nameof(WrongClusters))]
    public async Task A_wrong_option_of_a_cluster_is_named_before_anything_starts(string option, string value)
    {
        var options = new ClusterOptions { Engine = Engine.InProcess };
        typeof(ClusterOptions).GetProperty(option)!.SetValue(options, value switch
        {
            "negative" => TimeSpan.FromSeconds(-2),
            "zero" => TimeSpan.Zero,
            "endless" => TimeSpan.MaxValue,
            _ => null,
        });
        Assert.Equal(option, (await Assert.ThrowsAnyAsync<ArgumentException>(() => Cluster.StartAsync(options))).ParamName);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task The_numbers_inside_a_clusters_options_are_looked_at_too(string engine)
    {
        var options = new ClusterOptions { Engine = EngineNames.Of(engine), Workers = 1 };
        var store = await Assert.ThrowsAnyAsync<ArgumentException>(() => Cluster.StartAsync(options with { Store = new() { MemoryBudgetBytes = -1 } }));
        Assert.Contains("MemoryBudgetBytes", store.Message, StringComparison.Ordinal);
        var resource = await Assert.ThrowsAnyAsync<ArgumentException>(
            () => Cluster.StartAsync(options with { Resources = new Dictionary<string, double> { ["gpu"] = -1 } }));
        Assert.Contains("'gpu'", resource.Message, StringComparison.Ordinal);
        Assert.Equal(
            nameof(MapOptions.Task), (await Assert.ThrowsAnyAsync<ArgumentException>(() => ProcessPool.On(clusters[engine]).MapAsync(x => x, [1], new() { Task = null! }))).ParamName);
    }

    [Fact]
    public void BRAID_CLUSTER_chooses_engine_workers_and_slots()
    {
        var chosen = ClusterAddress.Apply(new(), "processes?workers=4&slots=2");
        Assert.Equal((Engine.Processes, 4, 2), (chosen.Engine, chosen.Workers, chosen.SlotsPerWorker));
        Assert.Same(Engine.InProcess, ClusterAddress.Apply(new(), " InProcess ").Engine);
        Assert.Equal(new ClusterOptions().Engine, ClusterAddress.Apply(new(), "").Engine);
        foreach (var wrong in (string[])["threads", "processes?workers", "processes?workers=x", "processes?speed=9", "processes?workers=-1"])
            Assert.Contains(wrong, Assert.Throws<FormatException>(() => ClusterAddress.Apply(new(), wrong)).Message, StringComparison.Ordinal);
    }
}
