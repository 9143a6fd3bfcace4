using System.Diagnostics;
using Braid.Celery.Tests.Interop;
using Braid.Tests;

namespace Braid.Celery.Tests.Examples;

/// <summary>The example as a new user runs it.</summary>
public sealed class ExampleTests
{
    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet", [Repository.PathOf("examples", "Celery", "bin", Repository.Configuration, "net10.0", "celery-example.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try { await process.WaitForExitAsync().WaitAsync(TestTime.Limit); }
        finally { if (!process.HasExited) process.Kill(); }
        return (process.ExitCode, (await output).ReplaceLineEndings("\n").Trim(), (await error).Trim());
    }

    private static string[] On(string broker, string command, string queue) => [command, "--broker", Brokers.Url(broker), "--backend", Brokers.Backend, "--queue", queue];

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task The_demo_adds_chains_and_gathers(string broker) =>
        Assert.Equal((0, """
            2 + 2 = 4
            1 + 2 + 3 + 4, one after the other = 10
            the sum of 1 + 1, 2 + 2, … 10 + 10, side by side = 110
            """.ReplaceLineEndings("\n"), ""), await RunAsync(On(broker, "demo", Brokers.NewQueue())));

    [Fact]
    public async Task The_beat_ticks_as_often_as_asked() =>
        Assert.Equal((0, "tick: 2 + 2 = 4\ntick: 2 + 2 = 4", ""), await RunAsync([.. On(Brokers.Redis, "periodic", Brokers.NewQueue()), "--ticks", "2"]));

    [Fact]
    public async Task The_pair_has_steps_on_both_sides()
    {
        var (queue, pythonQueue) = (Brokers.NewQueue(), Brokers.NewQueue());
        await using var python = await PythonCelery.WorkerAsync(Brokers.Redis, pythonQueue, Repository.PathOf("examples", "Celery"), "tasks");
        await using var app = new CeleryApp("example", Brokers.Url(Brokers.Redis), Brokers.Backend, new() { DefaultQueue = queue });
        app.Task("example.add", (int x, int y) => x + y);
        app.Task("example.sum", (int[] numbers) => numbers.Sum());
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal((0, """
            (2 + 3)² + 1, there and back = 26
            the sum of 1 + 2, 2¹⁰ and 3³, on both sides = 1054
            """.ReplaceLineEndings("\n"), ""), await RunAsync([.. On(Brokers.Redis, "pair", queue), "--python-queue", pythonQueue]));
    }

    [Theory]
    [InlineData("send", "redis://127.0.0.1:1/0")]
    [InlineData("worker", "amqp://guest@127.0.0.1:1//")]
    public async Task Without_a_broker_it_says_where_one_was_looked_for(string command, string url)
    {
        var (code, _, error) = await RunAsync(command, "--broker", url);
        Assert.Equal(1, code);
        Assert.Contains($"Is a broker running at {url}", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_says_what_there_is()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(0, code);
        Assert.Contains("demo|worker|send|periodic|pair", output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("nonsense")).ExitCode);
    }
}
