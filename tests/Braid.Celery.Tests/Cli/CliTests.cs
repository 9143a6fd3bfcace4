using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Cli;

/// <summary>The command line, by real processes.</summary>
public sealed class CliTests
{
    private const string App = "Braid.Celery.App.dll:Braid.Celery.TestApp.Tasks.App";

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_worker_serves_calls_answers_commands_and_ends_warmly(string broker)
    {
        var queue = Brokers.NewQueue();
        var node = $"{queue}@cli";
        await using var worker = BraidCelery.Start(broker, queue, "-A", App, "worker", "-c", "2", "-n", node, "-Q", queue, "-l", "INFO", "--without-mingle", "--without-gossip");
        await worker.UntilSaysAsync("is ready");
        Assert.Contains(". cli.add", worker.Output, StringComparison.Ordinal);

        var (code, id) = await BraidCelery.RunAsync(broker, queue, "call", "cli.add", "-a", "[2, 3]", "--queue", queue);
        Assert.Equal(0, code);
        Assert.Equal((0, "5"), await BraidCelery.RunAsync(broker, queue, "result", id.Trim()));
        await worker.UntilSaysAsync($"INFO/MainProcess] Task cli.add[{id.Trim()}] received");
        Assert.Matches($@"INFO/MainProcess\] Task cli\.add\[{id.Trim()}\] succeeded in [0-9.E-]+s: 5", worker.Output);
        (_, id) = await BraidCelery.RunAsync(broker, queue, "call", "cli.fail", "--queue", queue);
        Assert.Equal((1, "ValueError('boom')"), await BraidCelery.RunAsync(broker, queue, "result", id.Trim()));

        Assert.Equal((0, $"->  {node}: OK\n        pong\n\n1 node online."), await BraidCelery.RunAsync(broker, queue, "inspect", "ping", "-d", node, "-t", "30"));
        Assert.Equal((0, $"->  {node}: OK\n    * chaos.note\n    * cli.add\n    * cli.fail\n    * cli.pid\n\n1 node online."), await BraidCelery.RunAsync(broker, queue, "inspect", "registered", "-d", node, "-t", "30"));
        Assert.Equal((0, $"->  {node}: OK\n    - empty -\n\n1 node online."), await BraidCelery.RunAsync(broker, queue, "inspect", "active", "-d", node, "-t", "30"));
        Assert.Equal((0, $"->  {node}: OK\n        pool will grow"), await BraidCelery.RunAsync(broker, queue, "control", "pool_grow", "2", "-d", node, "-t", "30"));
        var (_, stats) = await BraidCelery.RunAsync(broker, queue, "inspect", "stats", "-d", node, "-t", "30", "--json");
        Assert.Equal(4, ((Dictionary<string, object?>)PlainValue.Parse(stats)!).Map(node)!.Map("pool")!.Number("max-concurrency"));
        Assert.Contains($"->  {node}: OK", (await BraidCelery.RunAsync(broker, queue, "status", "-t", "3")).Output, StringComparison.Ordinal);
        Assert.Equal(69, (await BraidCelery.RunAsync(broker, queue, "inspect", "ping", "-d", "nobody@nowhere", "-t", "0.1")).ExitCode);

        worker.Signal("TERM");
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Contains("Warm shutdown", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_with_processes_runs_the_apps_tasks_in_them()
    {
        var queue = Brokers.NewQueue();
        await using var worker = BraidCelery.Start(Brokers.Redis, queue, "-A", "Braid.Celery.App.dll", "worker", "-P", "prefork", "-c", "1", "-n", queue + "@cli", "-Q", queue, "-l", "INFO", "--without-mingle");
        await worker.UntilSaysAsync("is ready");
        await using var app = new CeleryApp("cli", Brokers.Url(Brokers.Redis), Brokers.Backend);
        Assert.NotEqual(worker.Id, await (await app.SendTaskAsync("cli.pid", [], options: new() { Queue = queue })).GetAsync<int>(TestTime.Limit));
        worker.Signal("TERM");
        Assert.Equal(0, await worker.ExitAsync());
    }

    [Fact]
    public async Task A_beat_sends_and_purge_removes_what_waits()
    {
        var queue = Brokers.NewQueue();
        await using (var beat = BraidCelery.Start(Brokers.Redis, queue, "-A", "Braid.Celery.App.dll:Tasks.App", "beat", "-l", "INFO"))
        {
            await beat.UntilSaysAsync("Sending due task tick (cli.add)");
            beat.Signal("TERM");
            Assert.Equal(0, await beat.ExitAsync());
        }
        var (code, output) = await BraidCelery.RunAsync(Brokers.Redis, queue, "purge", "-f", "-Q", queue);
        Assert.Equal(0, code);
        Assert.Matches("^Purged [0-9]+ messages? from 1 queue.$", output);
        Assert.Equal((0, "No messages purged from 1 queue"), await BraidCelery.RunAsync(Brokers.Redis, queue, "purge", "-f", "-Q", queue));
    }

    [Fact]
    public async Task Events_are_shown_as_they_happen()
    {
        var queue = Brokers.NewQueue();
        await using var events = BraidCelery.Start(Brokers.Redis, queue, "events", "--dump");
        await events.UntilSaysAsync("starting capture");
        await using var app = new CeleryApp("cli", Brokers.Url(Brokers.Redis), Brokers.Backend, new() { DefaultQueue = queue });
        var add = app.Task("cli.add", (int x, int y) => x + y);
        await using var worker = await RunningWorker.StartAsync(app, new() { TaskEvents = true });
        var result = await add.DelayAsync(2, 3);
        await events.UntilSaysAsync($"task received cli.add({result.Id})");
        await events.UntilSaysAsync("result='5'");
        await events.UntilSaysAsync("worker heartbeat");
        events.Signal("TERM");
        Assert.Equal(0, await events.ExitAsync());
    }

    [Fact]
    public async Task A_terminal_shows_a_table_of_workers_and_tasks_that_is_drawn_again_until_it_is_interrupted()
    {
        var queue = Brokers.NewQueue();
        await using var events = BraidCelery.StartOnTerminal(Brokers.Redis, queue, "events");
        await events.UntilSaysAsync("workers");
        await using var app = new CeleryApp("cli", Brokers.Url(Brokers.Redis), Brokers.Backend, new() { DefaultQueue = queue });
        var add = app.Task("cli.add", (int x, int y) => x + y);
        await using var worker = await RunningWorker.StartAsync(app, new() { TaskEvents = true });
        var result = await add.DelayAsync(2, 3);
        await TestTime.UntilAsync(() => Task.FromResult(Rows(result.Id).Any(row => row is ["cli.add", _, "SUCCEEDED", var node, _, "5"] && node == worker.Worker.Node)), "the task's row tells its end");
        await TestTime.UntilAsync(() => Task.FromResult(Rows(worker.Worker.Node).Any(row => row is [_, "online", ..])), "the worker's row tells that it is there");
        await events.InterruptAsync();
        Assert.Equal(0, await events.ExitAsync());

        // What stands between the lines of the table, in the rows that have this in a column.
        IEnumerable<string[]> Rows(string column) => events.Output.Split('\n').Where(line => line.Contains(column, StringComparison.Ordinal))
            .Select(line => line.Split('│', StringSplitOptions.TrimEntries)[1..^1]);
    }

    [Fact]
    public async Task What_is_wrong_on_the_command_line_is_said_with_what_is_right()
    {
        async Task Refuses(string expected, params string[] arguments)
        {
            var (code, output) = await BraidCelery.RunAsync(Brokers.Redis, "none", arguments);
            Assert.Equal(2, code);
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }

        await Refuses("Name the app", "worker");
        await Refuses("there is no file", "-A", "nothing.dll", "worker");
        await Refuses("There are: Braid.Celery.TestApp.Tasks.App", "-A", "Braid.Celery.App.dll:No.Such", "worker");
        await Refuses("a list, as [2, 3] in JSON was expected", "call", "cli.add", "-a", "{}");
        await Refuses("There are: active,", "inspect", "nonsense");
        var (code, help) = await BraidCelery.RunAsync(Brokers.Redis, "none", "worker", "--help");
        Assert.Equal(0, code);
        Assert.Contains("braid-celery -A Shop.dll worker -c 8", help, StringComparison.Ordinal);
    }
}
