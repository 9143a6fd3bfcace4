using System.Collections.Concurrent;
using Braid.Lambdas;

namespace Braid.Tests.Engines;

public class WorkerProcessTests
{
    [Fact(Timeout = Until.TestMs)]
    public async Task A_lambda_runs_in_a_process_of_its_own_and_ends_with_code_0()
    {
        var lines = new ConcurrentQueue<string>();
        var name = "Rambo";
        await using var process = WorkerProcess.Start(() => Hello(name), output => lines.Enqueue(output.Line));
        Assert.NotEqual(Environment.ProcessId, process.Id);
        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Equal(0, process.ExitCode);
        Assert.Equal([$"hello, Rambo, from {process.Id}"], lines);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task An_exception_is_written_and_ends_it_with_code_1()
    {
        var errors = new ConcurrentQueue<string>();
        await using var process = WorkerProcess.Start(
            async () =>
            {
                await Task.Yield();
                throw new InvalidDataException("nothing there");
            },
            output => errors.Enqueue(output.Line));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains(errors, line => line.Contains("InvalidDataException: nothing there", StringComparison.Ordinal));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Its_own_exit_code_counts()
    {
        await using var process = WorkerProcess.Start(() => Environment.Exit(7));
        Assert.Equal(7, await process.WaitForExitAsync());
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_killed_one_has_the_signals_code()
    {
        await using var process = WorkerProcess.Start(() => Thread.Sleep(Timeout.Infinite));
        Assert.Null(process.ExitCode);
        process.Kill();
        Assert.Equal(137, await process.WaitForExitAsync());
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Large_captures_travel_and_what_cannot_is_named()
    {
        var data = Enumerable.Range(0, 300_000).ToArray();
        await using var process = WorkerProcess.Start(() => Environment.Exit(data.Sum(i => (long)i) == 44_999_850_000 ? 5 : 6));
        Assert.Equal(5, await process.WaitForExitAsync());
        using var stream = new MemoryStream();
        using var file = new FileStream("/dev/null", FileMode.Open);
        var error = Assert.Throws<CaptureException>(() => WorkerProcess.Start(() => file.Flush()));
        Assert.Contains("`file`", error.Message, StringComparison.Ordinal);
    }

    private static void Hello(string name) => Console.WriteLine($"hello, {name}, from {Environment.ProcessId}");
}
