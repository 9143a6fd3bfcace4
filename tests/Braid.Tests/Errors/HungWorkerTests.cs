using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Braid.Tests.Engines;

namespace Braid.Tests.Errors;

/// <summary>Workers that are there and do not answer, and those that only look like it.</summary>
public partial class HungWorkerTests
{
    private const int Stop = 19;

    [Fact(Timeout = Until.TestMs)]
    public async Task A_stopped_worker_is_replaced_though_it_has_nothing_to_do()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { HangTimeout = TimeSpan.FromSeconds(1) });
        var stopped = running.Cluster.Describe().Workers[0];
        Assert.Equal(0, Kill(stopped.ProcessId, Stop));
        await Until.TrueAsync(() => running.Cluster.Describe().Workers is { Count: 2 } workers && workers.All(worker => worker.Id != stopped.Id));
        await Until.TrueAsync(() => !Directory.Exists($"/proc/{stopped.ProcessId}"));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_a_stopped_worker_was_running_runs_again_elsewhere_or_fails_with_the_reason()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { HangTimeout = TimeSpan.FromSeconds(1) });
        using var signals = new Signals();
        var (retried, never, go) = (signals["retried"], signals["never"], signals["go"]);
        var again = running.Cluster.Submit(() =>
        {
            Signals.MarkProcess(retried);
            Signals.Await(go);
            return 6;
        });
        var once = running.Cluster.Submit(
            () =>
            {
                Signals.MarkProcess(never);
                Signals.Await(go);
            },
            new TaskOptions { Retries = 0 });
        await Until.TrueAsync(() => Signals.MarkTexts(retried) is [{ Length: > 0 }] && Signals.MarkTexts(never) is [{ Length: > 0 }]);
        foreach (var mark in (string[])[.. Signals.MarkTexts(retried), .. Signals.MarkTexts(never)])
            Assert.Equal(0, Kill(int.Parse(mark, CultureInfo.InvariantCulture), Stop));
        await Until.TrueAsync(() => once.IsCompleted);
        Signals.Set(go);
        Assert.Equal(6, await again);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await once);
        Assert.Contains("did not answer", lost.Message, StringComparison.Ordinal);
        Assert.Contains("HangTimeout", lost.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), InlineData(1), InlineData(2)]
    public async Task A_body_that_computes_for_three_times_the_limit_is_not_taken_for_hung(int slots)
    {
        await using var running = await RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Workers = 1, SlotsPerWorker = slots, HangTimeout = TimeSpan.FromSeconds(2) });
        var before = running.Cluster.Describe().Workers[0].Id;
        var computed = await running.Cluster.Submit(
            () =>
            {
                var watch = Stopwatch.StartNew();
                var x = 1.0;
                while (watch.Elapsed < TimeSpan.FromSeconds(6))
                    x = Math.Sqrt(x + 1);
                return x;
            },
            new TaskOptions { Retries = 0 });
        Assert.InRange(computed, 1.6, 1.7);
        Assert.Equal(before, running.Cluster.Describe().Workers.Single().Id);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
