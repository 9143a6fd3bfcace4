using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Braid.Tests.Engines;

namespace Braid.Tests.Errors;

/// <summary>Every way in which a task can take its process with it.</summary>
public partial class WorkerDeathTests
{
    private static readonly TaskOptions Once = new() { Retries = 0 };

    [Fact(Timeout = Until.TestMs)]
    public async Task A_task_that_kills_its_worker_is_tried_four_times_then_fails_with_the_signal_and_the_last_words()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        using var signals = new Signals();
        var ran = signals["ran"];
        var task = running.Cluster.Submit(() =>
        {
            Signals.MarkProcess(ran);
            Console.Error.WriteLine("these are my last words");
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        });
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await task);
        Assert.Contains("signal 9 (SIGKILL)", lost.Message, StringComparison.Ordinal);
        Assert.Contains("these are my last words", lost.Message, StringComparison.Ordinal);
        Assert.Equal(137, lost.ExitCode);
        Assert.Equal(4, Signals.MarkTexts(ran).Distinct().Count());
        await StillServes(running);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_worker_killed_from_outside_loses_nothing()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        using var signals = new Signals();
        var (started, go) = (signals["started"], signals["go"]);
        var task = running.Cluster.Submit(() =>
        {
            Signals.MarkProcess(started);
            Signals.Await(go);
            return TaskContext.Current!.Attempt;
        });
        await Until.TrueAsync(() => Signals.MarkTexts(started) is [{ Length: > 0 }]);
        Process.GetProcessById(int.Parse(Signals.MarkTexts(started)[0], CultureInfo.InvariantCulture)).Kill();
        Signals.Set(go);
        Assert.Equal(2, await task);
        await Until.TrueAsync(() => running.Cluster.Describe().Workers.Count == 2);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Environment_Exit_is_told_with_its_code()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(() => Environment.Exit(3), Once));
        Assert.Equal(3, lost.ExitCode);
        Assert.Contains("exited with code 3", lost.Message, StringComparison.Ordinal);
        await StillServes(running);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Environment_FailFast_is_told_with_its_message()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(() => Environment.FailFast("I give up"), Once));
        Assert.Contains("SIGABRT", lost.Message, StringComparison.Ordinal);
        Assert.Contains("I give up", lost.Message, StringComparison.Ordinal);
        await StillServes(running);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_stack_overflow_is_told_as_one()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(() => Overflow(0), Once));
        Assert.Contains("SIGABRT", lost.Message, StringComparison.Ordinal);
        await Until.TrueAsync(() => running.Output.Any(line => line.IsError && line.Line.Contains("Stack overflow", StringComparison.Ordinal)));
        await StillServes(running);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_native_crash_is_told_with_its_signal()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(() => { _ = Fill(1, 0, 1); }, Once));
        Assert.Contains("signal", lost.Message, StringComparison.Ordinal);
        Assert.True(lost.ExitCode is 139 or 134, $"exit code {lost.ExitCode}");
        await StillServes(running);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_null_write_is_an_exception_of_the_task()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        await Assert.ThrowsAnyAsync<Exception>(async () => await running.Cluster.Submit(() => Marshal.WriteByte(0, 1), Once));
        await StillServes(running);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task An_exception_on_a_thread_that_the_task_started_is_quoted()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(
            () =>
            {
                new Thread(() => throw new InvalidDataException("on my own thread")).Start();
                Thread.Sleep(Timeout.Infinite);
            },
            Once));
        Assert.Contains("on my own thread", lost.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_process_that_a_dead_worker_leaves_behind_does_not_hold_up_its_end()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        using var signals = new Signals();
        var child = signals["child"];
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(
            () =>
            {
                // It has the worker's console, and keeps it open.
                using var sleeper = Process.Start(new ProcessStartInfo("sleep", "600"))!;
                Signals.Mark(child, sleeper.Id.ToString(CultureInfo.InvariantCulture));
                Process.GetCurrentProcess().Kill();
            },
            Once));
        Assert.Equal(137, lost.ExitCode);
        Process.GetProcessById(int.Parse(Signals.MarkTexts(child)[0], CultureInfo.InvariantCulture)).Kill();
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Tasks_behind_one_that_kills_every_worker_are_not_given_up_with_it()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var poison = running.Cluster.Submit(() => Process.GetCurrentProcess().Kill());
        var others = Enumerable.Range(0, 50).Select(i => running.Cluster.Submit(() => i)).ToArray();
        await Assert.ThrowsAsync<WorkerLostException>(async () => await poison);
        Assert.Equal(Enumerable.Range(0, 50), await Cluster.WhenAll(others));
    }

    private static async Task StillServes(RunningCluster running)
    {
        Assert.Equal(2, await running.Cluster.Submit(() => 2));
        await Until.TrueAsync(() => running.Cluster.Describe().Workers.Count == 2);
    }

    private static int Overflow(int depth) => Overflow(depth + 1) + 1;

    /// <summary>Writes where nothing may be written, in code that is not the runtime's.</summary>
    [LibraryImport("libc", EntryPoint = "memset")]
    private static partial nint Fill(nint where, int with, nint length);
}
