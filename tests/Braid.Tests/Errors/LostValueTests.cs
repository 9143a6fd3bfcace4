using Braid.Driver;
using Braid.Engines.Processes;
using Braid.Execution;
using Braid.Tests.Engines;

namespace Braid.Tests.Errors;

/// <summary>Values whose shared memory is gone after their tasks have ended: made again, or an error that says why not.</summary>
public class LostValueTests
{
    private const int Length = 100_000;

    [Fact(Timeout = Until.TestMs)]
    public async Task A_value_whose_segment_is_removed_is_made_again_for_the_drivers_own_await()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var made = running.Cluster.Submit(() => Filled(3));
        await EndOf(made);
        Remove(running, made);
        Assert.Equal(Filled(3), await made);
        Assert.Equal(ObjectStatus.Ready, made.Status);
        Assert.Equal(0, running.Cluster.Describe().PendingTasks);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_task_that_finds_its_dependency_gone_waits_for_the_new_value_and_is_not_run_again()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var made = running.Cluster.Submit(() => Filled(4));
        await EndOf(made);
        Remove(running, made);
        using var signals = new Signals();
        var started = signals["started"];
        var dependents = Enumerable.Range(0, 8).Select(i => running.Cluster.Submit(() =>
        {
            Signals.Mark(started);
            return made.Value.Sum() + i;
        })).ToArray();
        for (var i = 0; i < dependents.Length; i++)
            Assert.Equal(4 * Length + i, await dependents[i]);
        Assert.Equal(dependents.Length, Signals.Marks(started));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_value_that_was_cut_off_is_made_again()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var made = running.Cluster.Submit(() => Filled(5));
        await EndOf(made);
        foreach (var path in FilesOf(running, made))
        {
            using var file = File.OpenWrite(path);
            file.SetLength(1000);
        }

        Assert.Equal(Filled(5), await made);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_a_lost_value_was_made_from_is_made_again_too_though_nobody_kept_it()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        using var signals = new Signals();
        var ran = signals["ran"];
        var last = Chain(running.Cluster, ran);
        await EndOf(last);
        // The values between are let go: how they were made is remembered, they themselves are not.
        await Until.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return running.Cluster.Describe().SharedBytes < 2 * Length * sizeof(long);
        });
        Remove(running, last);
        Assert.Equal(Filled(1 + 2 + 3 + 10), await last);
        // All four ran once, and again all but the one whose value is small enough to be remembered itself.
        Assert.Equal(4 + 3, Signals.Marks(ran));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_value_lost_again_and_again_is_given_up_when_its_retries_are_used_up()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var made = running.Cluster.Submit(() => Filled(6), new TaskOptions { Retries = 2 });
        for (var losses = 1; losses <= 2; losses++)
        {
            await EndOf(made);
            Remove(running, made);
            await made.State.RebuildAsync(SegmentOf(made));
            Assert.Equal(ObjectStatus.Ready, made.Status);
        }

        Remove(running, made);
        var lost = await Assert.ThrowsAsync<ObjectLostException>(async () => await made);
        Assert.Contains("no retries left (TaskOptions.Retries is 2)", lost.Message, StringComparison.Ordinal);
        var dependent = await Assert.ThrowsAsync<ObjectLostException>(async () => await running.Cluster.Submit(() => made.Value.Length));
        Assert.Contains("no retries left", dependent.Message, StringComparison.Ordinal);
        Assert.Equal(1, await running.Cluster.Submit(() => 1));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task With_no_retries_a_lost_value_is_an_error_that_says_so()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var made = running.Cluster.Submit(() => Filled(7), new TaskOptions { Retries = 0, Name = "once only" });
        await EndOf(made);
        Remove(running, made);
        var lost = await Assert.ThrowsAsync<ObjectLostException>(async () => await made);
        Assert.Contains("'once only'", lost.Message, StringComparison.Ordinal);
        Assert.Contains("TaskOptions.Retries is 0", lost.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_value_that_was_put_survives_every_worker_and_its_own_loss_is_an_error_that_says_so()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var put = running.Cluster.Put(Filled(8));
        foreach (var worker in running.Cluster.Describe().Workers)
            System.Diagnostics.Process.GetProcessById(worker.ProcessId).Kill();
        Assert.Equal(8 * Length, await running.Cluster.Submit(() => put.Value.Sum()));
        Remove(running, put);
        var lost = await Assert.ThrowsAsync<ObjectLostException>(async () => await running.Cluster.Submit(() => put.Value.Sum()));
        Assert.Contains("was put", lost.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectLostException>(async () => await put);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Past_the_bound_on_lineage_the_oldest_is_forgotten_and_the_error_names_the_option()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { LineageBytesMax = 2_000 });
        var made = new ObjectRef<long[]>[20];
        for (var i = 0; i < made.Length; i++)
        {
            var with = i;
            made[i] = running.Cluster.Submit(() => Filled(with));
            // One after the other: the one that ended first is the oldest.
            await EndOf(made[i]);
        }

        Assert.InRange(((DriverBackend)running.Cluster.Backend).LineageBytes, 1, 2_000);
        Remove(running, made[0]);
        Remove(running, made[19]);
        var lost = await Assert.ThrowsAsync<ObjectLostException>(async () => await made[0]);
        Assert.Contains("LineageBytesMax", lost.Message, StringComparison.Ordinal);
        Assert.Equal(Filled(19), await made[19]);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_is_remembered_goes_with_the_last_reference()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var driver = (DriverBackend)running.Cluster.Backend;
        await EndOf(Chain(running.Cluster, null));
        await Until.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return driver.LineageBytes == 0;
        });
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_value_that_was_captured_as_it_was_and_is_lost_is_an_error_of_that_task_alone()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        using var signals = new Signals();
        var go = signals["go"];
        var big = Filled(9);
        var before = running.Cluster.Submit(() => Signals.Await(go), new TaskOptions { Resources = new Dictionary<string, double> { ["cores"] = 1 } });
        var blocker = running.Cluster.Submit(() => Signals.Await(go));
        var reader = running.Cluster.Submit(() => big.Length);
        foreach (var file in Directory.GetFiles(running.Directories[0], "0000*"))
            File.Delete(file);
        Signals.Set(go);
        await before;
        await blocker;
        await Assert.ThrowsAsync<ObjectLostException>(async () => await reader);
        Assert.Equal(2, await running.Cluster.Submit(() => 2));
    }

    private static ObjectRef<long[]> Chain(Cluster cluster, string? ran)
    {
        var small = cluster.Submit(() => Marked(ran, 10L));
        var first = cluster.Submit(() => Marked(ran, Filled(1)));
        var second = cluster.Submit(() => Marked(ran, first.Value.Select(value => value + 2).ToArray()));
        return cluster.Submit(() => Marked(ran, second.Value.Select(value => value + 3 + small.Value).ToArray()));
    }

    private static T Marked<T>(string? ran, T value)
    {
        if (ran is not null)
            Signals.Mark(ran);
        return value;
    }

    private static long[] Filled(long with)
    {
        var values = new long[Length];
        Array.Fill(values, with);
        return values;
    }

    /// <summary>Without reading the value: what was read once is kept by the reference.</summary>
    private static Task EndOf(ObjectRef reference) => reference.State.Completion;

    private static Braid.Objects.SegmentId SegmentOf(ObjectRef reference) => ((TaskRecord)reference.State).Payload!.Buffers[0].Segment;

    private static string[] FilesOf(RunningCluster running, ObjectRef reference)
    {
        var store = ((ProcessSession)((DriverBackend)running.Cluster.Backend).Session).Store;
        return [.. ((TaskRecord)reference.State).Payload!.Buffers.Select(buffer => store.PathOf(buffer.Segment, onDisk: false)).Distinct()];
    }

    private static void Remove(RunningCluster running, ObjectRef reference)
    {
        var files = FilesOf(running, reference);
        Assert.All(files, file => Assert.True(File.Exists(file)));
        foreach (var file in files)
            File.Delete(file);
    }
}
