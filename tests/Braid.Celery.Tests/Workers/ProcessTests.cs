using System.Diagnostics;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Workers;

/// <summary>Tasks in worker processes: what ends or dies there is one task.</summary>
public sealed class ProcessTests
{
    /// <summary>The app, as the test has it and as each worker process makes it.</summary>
    private static CeleryApp Create(string broker, string backend, string queue)
    {
        var app = new CeleryApp("processes", broker, backend, new() { DefaultQueue = queue });
        var add = app.Task("add", (int x, int y) => x + y);
        app.Task("pid", () => Environment.ProcessId);
        app.Task("deaf", () => { while (true) Thread.Sleep(100); }, new() { TrackStarted = true });
        app.Task("die", () => Process.GetCurrentProcess().Kill());
        app.Task("die_once", (TaskRequest self) =>
        {
            if (!self.Redelivered) Process.GetCurrentProcess().Kill();
            return Environment.ProcessId;
        }, new() { AcksLate = true, RejectOnWorkerLost = true });
        app.Task("soft", async (CancellationToken stop) => { await Task.Delay(Timeout.Infinite, stop); });
        app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        app.Task("auto", (TaskRequest self) => self.Retries < 2 ? throw new IOException("away") : self.Retries, new() { AutoRetryFor = [typeof(IOException)], RetryBackoff = TimeSpan.FromMilliseconds(1) });
        app.Task("retry", async (TaskRequest self) => self.Retries < 1 ? throw await self.RetryAsync(countdown: TimeSpan.Zero) : self.Id);
        app.Task("child", async (TaskRequest self) => (await self.App.SendTaskAsync("add", [1, 1])).Id);
        app.Task("replace", async (TaskRequest self) => throw await self.ReplaceAsync(add.S(20, 3)));
        app.Task("ignore", (Func<int>)(() => throw TaskRequest.Ignore()));
        app.Task("hoard", () =>
        {
            Hoard = GC.AllocateArray<byte>(200 << 20, pinned: true);
            Array.Fill(Hoard, (byte)1);
            return Environment.ProcessId;
        });
        return app;
    }

    private static byte[]? Hoard;

    private static (CeleryApp App, WorkerOptions Options) New(string broker, int processes)
    {
        var (url, backend, queue) = (Brokers.Url(broker), Brokers.Backend, Brokers.NewQueue());
        return (Create(url, backend, queue), new() { Concurrency = processes, ProcessApp = () => Create(url, backend, queue) });
    }

    private static async Task<T> RunAsync<T>(CeleryApp app, string task, SendOptions? options = null, params object?[] args) =>
        await (await app.SendTaskAsync(task, args, options: options)).GetAsync<T>(TestTime.Limit);

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_task_runs_in_another_process_with_all_that_tasks_can_do(string broker)
    {
        var (app, options) = New(broker, 2);
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app, options);
        Assert.Contains(await RunAsync<int>(app, "pid"), worker.Worker.Processes!.Pids);
        Assert.Equal(5, await RunAsync<int>(app, "add", null, 2, 3));
        Assert.Equal("add() missing 1 required positional argument: 'y'", (await Assert.ThrowsAsync<TaskArgumentException>(() => RunAsync<int>(app, "add", null, 2))).Message);
        var failed = await Assert.ThrowsAsync<TaskException>(() => RunAsync<int>(app, "fail"));
        Assert.Equal(("ValueError", "builtins", "boom"), (failed.ExceptionType, failed.ExceptionModule, failed.Message));
        Assert.Contains("ProcessTests", failed.RemoteTraceback, StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync<int>(app, "auto"));
        Assert.NotNull(await RunAsync<string>(app, "retry"));
        Assert.Equal(23, await RunAsync<int>(app, "replace"));
        var parent = await app.SendTaskAsync("child");
        var child = await parent.GetAsync<string>(TestTime.Limit);
        Assert.Equal(child, Assert.Single(await parent.GetChildrenAsync()).Id);
        var chord = await Canvas.Chord([app.Signature("add", 1, 1), app.Signature("add", 2, 2)], app.Signature("celery.accumulate").Set(new())).ApplyAsync();
        await chord.GetAsync<object?>(TestTime.Limit);
        await Assert.ThrowsAsync<SoftTimeLimitExceededException>(() => RunAsync<int>(app, "soft", new() { SoftTimeLimit = TimeSpan.FromMilliseconds(200) }));
    }

    [Fact]
    public async Task A_hard_limit_and_a_termination_end_the_process_of_a_task_that_never_looks_at_its_token()
    {
        var (app, options) = New(Brokers.Redis, 1);
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app, options);
        var first = await RunAsync<int>(app, "pid");
        var limit = await Assert.ThrowsAsync<TaskException>(() => RunAsync<int>(app, "deaf", new() { TimeLimit = TimeSpan.FromSeconds(1) }));
        Assert.Equal(("TimeLimitExceeded", 1L), (limit.ExceptionType, limit.Arguments[0]));
        await TestTime.UntilAsync(() => Task.FromResult(!Directory.Exists($"/proc/{first}")), "the process is gone");
        var second = await RunAsync<int>(app, "pid");
        Assert.NotEqual(first, second);
        var deaf = await app.SendTaskAsync("deaf");
        await TestTime.UntilAsync(async () => (await app.Control.InspectAsync("active", destination: [worker.Worker.Node], timeout: TestTime.Limit))[worker.Worker.Node] is List<object?> active
            && active.Any(t => t is Dictionary<string, object?> told && told.Text("id") == deaf.Id && told.Number("worker_pid") == second), "the task runs in that process");
        Assert.Equal((long)second, (await deaf.GetInfoAsync<Dictionary<string, object?>>())!["pid"]);
        await deaf.RevokeAsync(terminate: true);
        await Assert.ThrowsAsync<TaskRevokedException>(() => deaf.GetAsync<int>(TestTime.Limit));
        await TestTime.UntilAsync(() => Task.FromResult(!Directory.Exists($"/proc/{second}")), "the process is gone");
        Assert.Equal(5, await RunAsync<int>(app, "add", null, 2, 3));
    }

    [Fact]
    public async Task A_process_that_dies_ends_its_task_with_WorkerLostError_or_gives_it_back()
    {
        var (app, options) = New(Brokers.Redis, 1);
        await using var _ = app;
        await using var worker = await RunningWorker.StartAsync(app, options);
        var lost = await Assert.ThrowsAsync<TaskException>(() => RunAsync<int>(app, "die"));
        Assert.Equal(("WorkerLostError", "billiard.exceptions", "Worker exited prematurely: signal 9 (SIGKILL) Job: 0."), (lost.ExceptionType, lost.ExceptionModule, lost.Message));
        Assert.NotEqual(0, await RunAsync<int>(app, "die_once"));
    }

    [Fact]
    public async Task A_process_is_replaced_after_its_tasks_its_memory_or_a_restart()
    {
        var (app, options) = New(Brokers.Redis, 1);
        await using var _ = app;
        await using (await RunningWorker.StartAsync(app, options with { MaxTasksPerChild = 2 }))
        {
            var pids = new List<int>();
            for (var i = 0; i < 6; i++) pids.Add(await RunAsync<int>(app, "pid"));
            // Started, then two tasks each.
            Assert.Equal(3, pids.Distinct().Count());
        }
        await using var worker = await RunningWorker.StartAsync(app, options with { MaxMemoryPerChild = 200L << 20 });
        var modest = await RunAsync<int>(app, "pid");
        Assert.Equal(modest, await RunAsync<int>(app, "hoard"));
        var next = await RunAsync<int>(app, "pid");
        Assert.NotEqual(modest, next);
        Assert.Equal(next, await RunAsync<int>(app, "pid"));
        var replies = await app.Control.InspectAsync("pool_restart", destination: [worker.Worker.Node], timeout: TestTime.Limit);
        Assert.Equal("reload started", ((Dictionary<string, object?>)replies[worker.Worker.Node]!)["ok"]);
        Assert.NotEqual(next, await RunAsync<int>(app, "pid"));
    }
}
