using System.Globalization;
using Braid.Tests.Engines;

namespace Braid.Tests.Errors;

/// <summary>Workers that take more memory than they may, with small budgets.</summary>
public class WorkerMemoryTests
{
    private const int Budget = 300 << 20;

    [Fact(Timeout = Until.TestMs)]
    public async Task A_task_that_holds_more_than_its_worker_may_have_fails_with_the_figures_and_the_others_do_not()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { WorkerMemoryBytes = Budget });
        using var signals = new Signals();
        var ran = signals["ran"];
        var greedy = running.Cluster.Submit(
            () =>
            {
                Signals.Mark(ran);
                var held = Touched(2 * Budget);
                Thread.Sleep(Timeout.Infinite);
                GC.KeepAlive(held);
            },
            new TaskOptions { Retries = 1 });
        var others = Enumerable.Range(0, 50).Select(i => running.Cluster.Submit(() => i)).ToArray();
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await greedy);
        Assert.Contains("WorkerMemoryBytes", lost.Message, StringComparison.Ordinal);
        Assert.Contains(Budget.ToString("N0", CultureInfo.CurrentCulture), lost.Message, StringComparison.Ordinal);
        Assert.Equal(2, Signals.Marks(ran));
        Assert.Equal(Enumerable.Range(0, 50), await Cluster.WhenAll(others));
        await Until.TrueAsync(() => running.Cluster.Describe().Workers.Count == 2);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_worker_whose_task_has_let_its_memory_go_is_not_replaced()
    {
        await using var running = await RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Workers = 1, WorkerMemoryBytes = 2 * Budget });
        var before = running.Cluster.Describe().Workers[0];
        // Nine tenths of what it may have, for a while.
        Assert.Equal(1, await running.Cluster.Submit(() => Held((int)(Budget * 1.75)), new TaskOptions { Retries = 0 }));
        await Until.TrueAsync(() => PrivateBytes(before.ProcessId) < Budget);
        Assert.Equal(3, await running.Cluster.Submit(() => 3, new TaskOptions { Retries = 0 }));
        Assert.Equal(before.Id, running.Cluster.Describe().Workers.Single().Id);
    }

    private static byte Held(int bytes)
    {
        var held = Touched(bytes);
        // Until this process was told to trim itself, which collects: that is seen at the gate of the collector.
        var collections = GC.CollectionCount(2);
        Until.True(() => GC.CollectionCount(2) > collections);
        return held[^1];
    }

    private static byte[] Touched(int bytes)
    {
        var held = new byte[bytes];
        Array.Fill(held, (byte)1);
        return held;
    }

    private static long PrivateBytes(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/statm").Split(' ');
        return (long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture)) * Environment.SystemPageSize;
    }
}
