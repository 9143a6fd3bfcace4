using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Braid.Engines.Processes;

namespace Braid.Tests.Engines;

/// <summary>Starting, ending, replacing: what a cluster does besides running tasks.</summary>
public partial class ClusterLifeTests
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Disposal_with_work_in_flight_cancels_all_of_it(string engine)
    {
        var running = await RunningCluster.StartAsync(engine, options => options with { SlotsPerWorker = 2 });
        var cluster = running.Cluster;
        using var signals = new Signals();
        var (started, go) = (signals["started"], signals["go"]);
        var listening = cluster.Submit(token =>
        {
            Signals.Mark(started);
            return Task.Delay(Timeout.Infinite, token);
        });
        var nested = cluster.Submit(() =>
        {
            Signals.Mark(started);
            return Cluster.Current.Submit(token => Task.Delay(Timeout.Infinite, token).ContinueWith(_ => 1)).Value;
        });
        var deaf = cluster.Submit(() =>
        {
            Signals.Mark(started);
            Signals.Await(go);
            return 1;
        });
        var queued = Enumerable.Range(0, 100).Select(i => cluster.Submit(() => nested.Value + i)).ToArray();
        var stream = cluster.Stream(() => EndlessAsync()).GetAsyncEnumerator();
        Assert.True(await stream.MoveNextAsync());
        await Until.TrueAsync(() => Signals.Marks(started) == 3);
        await running.DisposeAsync();
        Signals.Set(go);
        foreach (var pending in (ObjectRef[])[listening, nested, deaf, .. queued])
            await Assert.ThrowsAsync<TaskCanceledException>(async () => await pending);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await stream.MoveNextAsync())
            {
            }
        });
        Assert.Throws<ObjectDisposedException>(() => cluster.Submit(() => 1));
        Assert.Throws<ObjectDisposedException>(() => cluster.Put(1));
        await cluster.DisposeAsync();
        // A late answer changes nothing.
        Assert.Equal(ObjectStatus.Cancelled, deaf.Status);
        Assert.Equal(0, cluster.Describe().PendingTasks);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_token_that_was_signalled_before_starts_nothing(string engine) =>
        await Assert.ThrowsAsync<OperationCanceledException>(() => Cluster.StartAsync(new() { Engine = EngineNames.Of(engine) }, new CancellationToken(canceled: true)));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Disposal_while_others_submit_leaves_nobody_waiting(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine);
        var cluster = running.Cluster;
        var submitted = 0;
        var submitting = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var references = new List<ObjectRef>();
            try
            {
                for (var block = new byte[100_000]; ; Interlocked.Increment(ref submitted))
                    references.Add(cluster.Submit(() => block.Length));
            }
            catch (Exception e) when (e is ObjectDisposedException or IOException or ObjectStoreFullException)
            {
                // The end was seen at the gate, or in the middle of a write.
            }

            // Not by awaiting each, which would throw each time: there may be a million of them.
            foreach (var reference in references)
                await reference.State.Completion;
            Assert.All(references, reference => Assert.True(reference.IsCompleted));
        })).ToArray();
        await Until.TrueAsync(() => Volatile.Read(ref submitted) > 100);
        await cluster.DisposeAsync();
        await Task.WhenAll(submitting);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task The_initializer_runs_in_every_worker_before_its_first_task(string engine)
    {
        using var signals = new Signals();
        var ran = signals["ran"];
        await using (var running = await RunningCluster.StartAsync(engine, options => options with { WorkerInitializer = () => Signals.Mark(ran) }))
        {
            Assert.Equal(2, Signals.Marks(ran));
            Assert.Equal(1, await running.Cluster.Submit(() => 1));
        }

        var failed = await Assert.ThrowsAnyAsync<Exception>(
            () => RunningCluster.StartAsync(engine, options => options with { WorkerInitializer = () => throw new InvalidDataException("not today") }));
        Assert.Contains("not today", failed.ToString(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_worker_is_replaced_after_so_many_tasks(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1, TasksPerWorkerMax = 3 });
        var workers = await Cluster.WhenAll(Enumerable.Range(0, 12).Select(_ => running.Cluster.Submit(() => TaskContext.Current!.WorkerId)));
        Assert.All(workers.CountBy(id => id), worker => Assert.InRange(worker.Value, 1, 3));
        Assert.InRange(workers.Distinct().Count(), 4, 12);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_worker_at_its_last_task_does_not_keep_what_that_waits_for(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1, TasksPerWorkerMax = 1 });
        Assert.Equal(3, await running.Cluster.Submit(() =>
            Cluster.Current.Submit(() => Cluster.Current.Submit(() => 1).Value + 1).Value + 1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Workers_times_slots_tasks_run_at_once(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 2, SlotsPerWorker = 3 });
        using var signals = new Signals();
        var here = signals["here"];
        // Each waits for all: they end only if all six run at the same time.
        await Cluster.WhenAll(Enumerable.Range(0, 6).Select(_ => running.Cluster.Submit(() =>
        {
            Signals.Mark(here);
            Until.True(() => Signals.Marks(here) == 6);
        })));
        Assert.Equal([3, 3], running.Cluster.Describe().Workers.Select(worker => worker.Slots));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_a_cluster_says_of_itself_can_be_read(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 2, SlotsPerWorker = 1 });
        var info = running.Cluster.Describe();
        Assert.Equal(
            $"ClusterInfo {{ Engine = {engine}, Workers = [{info.Workers[0]}, {info.Workers[1]}], PendingTasks = 0, SharedBytes = 0, SpilledBytes = 0 }}",
            info.ToString());
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Several_clusters_live_side_by_side()
    {
        await using var first = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        await using var second = await RunningCluster.StartAsync(EngineNames.InProcess);
        await using (var third = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 }))
            Assert.Equal(3, await third.Cluster.Submit(() => 3));
        Assert.Equal((1, 2), (await first.Cluster.Submit(() => 1), await second.Cluster.Submit(() => 2)));
        // And inside one another.
        Assert.Equal(5, await first.Cluster.Submit(async () =>
        {
            await using var inner = await Cluster.StartAsync(new() { Workers = 1 });
            return await inner.Submit(() => 5);
        }));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_stopped_worker_does_not_stop_the_driver_from_serving_others()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var cluster = running.Cluster;
        var stopped = cluster.Describe().Workers[0].ProcessId;
        Assert.Equal(0, Kill(stopped, Stop));
        try
        {
            // Each is larger than a socket's buffer: what is sent to the stopped one must not hold up what is sent to the other.
            var tasks = Enumerable.Range(0, 400).Select(i =>
            {
                var text = new string('x', 40_000);
                return cluster.Submit(() => (text.Length + i, Environment.ProcessId));
            }).ToArray();
            await Until.TrueAsync(() => tasks.Count(task => task.IsCompleted) >= 200);
        }
        finally
        {
            Assert.Equal(0, Kill(stopped, Continue));
        }
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Disposal_ends_a_stopped_worker_too()
    {
        var running = await RunningCluster.StartAsync(EngineNames.Processes);
        Assert.Equal(0, Kill(running.Cluster.Describe().Workers[0].ProcessId, Stop));
        await running.DisposeAsync();
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_tasks_write_appears_marked_with_the_worker()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var worker = await running.Cluster.Submit(() =>
        {
            Console.WriteLine("to output");
            Console.Error.WriteLine("to error");
            return TaskContext.Current!.WorkerId;
        });
        await Until.TrueAsync(() => running.Output.Count >= 2);
        Assert.Contains(new WorkerOutput(worker, "to output", false), running.Output);
        Assert.Contains(new WorkerOutput(worker, "to error", true), running.Output);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_line_without_end_comes_in_pieces()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        await running.Cluster.Submit(() =>
        {
            for (var i = 0; i < 20; i++)
                Console.Out.Write(new string('x', 100_000));
            Console.Out.WriteLine("end");
        });
        await Until.TrueAsync(() => running.Output.Sum(output => output.Line.Length) >= 2_000_003);
        Assert.Equal(new string('x', 2_000_000) + "end", string.Concat(running.Output.Select(output => output.Line)));
        Assert.All(running.Output, output => Assert.InRange(output.Line.Length, 1, ConsoleLines.LineCharsMax));
    }

    [Theory(Timeout = Until.TestMs), InlineData(typeof(InvalidOperationException)), InlineData(typeof(IOException))]
    public async Task A_listener_that_throws_is_told_the_next_thing(Type exception)
    {
        var heard = new ConcurrentQueue<object>();
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1, Output = output => Hear(output) });
        var progress = new Listener(Hear);
        Assert.Equal(1, await running.Cluster.Submit(
            () =>
            {
                Console.Out.WriteLine("one");
                TaskContext.Current!.ReportProgress(0.5);
                return 1;
            },
            new() { Progress = progress }));
        await running.Cluster.Submit(() => Console.Out.WriteLine("two"));
        await Until.TrueAsync(() => heard.Count == 3);
        Assert.Equal(["one", "two"], heard.OfType<WorkerOutput>().Select(output => output.Line));
        Assert.Equal([0.5], heard.OfType<double>());

        void Hear(object what)
        {
            heard.Enqueue(what);
            throw (Exception)Activator.CreateInstance(exception)!;
        }
    }

    private sealed class Listener(Action<object> hear) : IProgress<double>
    {
        public void Report(double value) => hear(value);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_worker_that_cannot_start_says_why()
    {
        var failed = await Assert.ThrowsAsync<BraidException>(() => RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Environment = new Dictionary<string, string> { ["DOTNET_gcServer"] = "0", ["DOTNET_STARTUP_HOOKS"] = "/nowhere.dll" } }));
        Assert.Contains("ended while it started", failed.Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", failed.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_store_that_cannot_be_made_is_the_error_and_not_what_a_worker_makes_of_it()
    {
        for (var i = 0; i < 5; i++)
        {
            using var folder = new Objects.TemporaryFolder();
            var nowhere = Path.Combine(folder.Path, "nowhere");
            var output = new ConcurrentQueue<WorkerOutput>();
            var failed = await Assert.ThrowsAnyAsync<IOException>(() => RunningCluster.StartAsync(
                EngineNames.Processes, options => options with { Store = new() { MemoryDirectory = folder.Path, SpillDirectory = nowhere }, Output = output.Enqueue }));
            Assert.Contains(nowhere, failed.Message, StringComparison.Ordinal);
            Assert.Empty(output);
            Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        }
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Starting_can_be_cancelled()
    {
        foreach (var engine in (string[])[EngineNames.Processes])
        {
            using var cancelled = new CancellationTokenSource(1);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await (await Cluster.StartAsync(new() { Engine = EngineNames.Of(engine), Workers = 8 }, cancelled.Token)).DisposeAsync());
        }
    }

    private const int Stop = 19;
    private const int Continue = 18;

    private static async IAsyncEnumerable<int> EndlessAsync()
    {
        for (var i = 0; ; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
