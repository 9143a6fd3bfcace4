using System.Text.RegularExpressions;
using Braid.Celery.Tests.Control;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Interop;

/// <summary>Every command, put to a Python worker and to ours while both hold the same tasks.</summary>
public sealed partial class ControlInteropTests
{
    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Every_command_is_answered_as_a_Python_worker_answers_it(string broker)
    {
        await using var app = Apps.New(broker);
        var (py, net) = (Brokers.NewQueue(), app.Settings.DefaultQueue);
        app.Task("py.add", (int x, int y) => x + y);
        app.Task("py.sleep", async (int seconds, CancellationToken stop) => await Task.Delay(TimeSpan.FromSeconds(seconds), stop));
        await using var ours = await RunningWorker.StartAsync(app, new()
        {
            Concurrency = 1, PrefetchMultiplier = 2, NodeName = net + "@net", Mingle = false, TaskEvents = false, WarmShutdownLimit = TimeSpan.Zero,
        });
        await using var theirs = await PythonCelery.PreforkWorkerAsync(broker, py, processes: 1);
        (string Node, string Queue)[] workers = [(py + "@py", py), (net + "@net", net)];
        var both = await CommandComparison.StartAsync(app, workers[0].Node, workers[1].Node);

        // A task that runs, one that waits for its time, and one that waits for the slot, on each.
        async Task<string[]> SendAsync(string task, object?[] args, TimeSpan? countdown, string held)
        {
            var sent = await Task.WhenAll(workers.Select(w => app.SendTaskAsync(task, args, options: new() { Queue = w.Queue, Countdown = countdown, Priority = 3 })));
            await TestTime.UntilAsync(async () => (await both.AskAsync(held)).All(r => r is List<object?> { Count: 1 }), $"each has one {held}");
            return [.. sent.Select(s => s.Id)];
        }

        var running = await SendAsync("py.sleep", [600], null, "active");
        var later = await SendAsync("py.add", [1, 1], TimeSpan.FromHours(1), "scheduled");
        await SendAsync("py.sleep", [601], null, "reserved");

        foreach (var method in (string[])["ping", "active", "reserved", "scheduled", "active_queues", "clock", "dump_active", "dump_reserved", "dump_schedule"])
            await both.SameAsync(method);
        await both.SameAsync("active", ("safe", true));

        // Whoever revokes on this broker tells all workers, other tests too, and the Python worker came later.
        var revoked = Guid.NewGuid().ToString();
        await both.SameAsync("revoke", ("task_id", revoked));
        foreach (var method in (string[])["revoked", "dump_revoked"])
        {
            var ids = await both.AskAsync(method);
            both.Compare(method, Own(ids[0]), Own(ids[1]));
        }
        var hello = await both.AskAsync("hello", ("from_node", "other@host"), ("revoked", new Dictionary<string, object?>()));
        both.Compare("hello", Own(hello[0]), Own(hello[1]));

        object? Own(object? reply) => reply switch
        {
            List<object?> ids => ids.FindAll(id => Equals(id, revoked)),
            Dictionary<string, object?> map => map.ToDictionary(m => m.Key, m => m.Value is Dictionary<string, object?> all ? all.Where(r => r.Key == revoked).ToDictionary() : m.Value),
            _ => reply,
        };

        await both.SameAsync("query_task", ("ids", new List<object?> { "no-such" }));
        await both.SameAsync("query_task", ("ids", "no-such"));
        foreach (var taken in (string[][])[running, later])
        {
            var found = await both.AskAsync("query_task", ("ids", taken.Select(object? (id) => id).ToList()));
            both.Compare("query_task of a task that is here", found[0], found[1]);
        }

        // The tasks that both have.
        static List<object?> Both(object? names) => [.. ((List<object?>)names!).Where(n => ((string)n!).StartsWith("py.add", StringComparison.Ordinal) || ((string)n).StartsWith("py.sleep", StringComparison.Ordinal))];
        foreach (var items in (List<object?>?[])[null, ["name", "rate_limit"], ["serializer", "max_retries", "default_retry_delay", "acks_late", "ignore_result", "no_such"]])
        {
            var registered = await both.AskAsync("registered", ("taskinfoitems", items));
            var (python, answer) = (string.Join('\n', Both(registered[0])), string.Join('\n', Both(registered[1])));
            if (python != answer) both.Add("registered", python, answer);
        }

        // The same members of the same types, where a pool of processes and one of threads have them.
        var stats = await both.AskAsync("stats");
        var (pythonStats, ourStats) = ((Dictionary<string, object?>)stats[0]!, (Dictionary<string, object?>)stats[1]!);
        Assert.Equal(pythonStats.Keys, ourStats.Keys);
        foreach (var part in (string[])["total", "pid", "uptime", "prefetch_count", "rusage"]) both.Compare("stats: " + part, pythonStats[part], ourStats[part]);
        Assert.Equal(["implementation", .. pythonStats.Map("pool")!.Keys], ourStats.Map("pool")!.Keys);
        Assert.Equal([.. pythonStats.Map("broker")!.Keys, "credential_provider"], ourStats.Map("broker")!.Keys);
        // kombu asks the URL for the database, and says "/" where it names none; ours names the one that it uses.
        foreach (var member in pythonStats.Map("broker")!.Where(m => m.Key != "virtual_host")) both.Compare("stats: broker: " + member.Key, member.Value, ourStats.Map("broker")![member.Key]);

        // Settings of the same names have the same types, where both have a value.
        var conf = await both.AskAsync("conf");
        foreach (var (name, value) in (Dictionary<string, object?>)conf[1]!)
        {
            if (value is null || !((Dictionary<string, object?>)conf[0]!).TryGetValue(name, out var their) || their is null) continue;
            if (value.GetType() != their.GetType() && !(value is long or double && their is long or double)) both.Add("conf: " + name, PythonRepr.Of(their), PythonRepr.Of(value));
        }

        foreach (var limit in (object?[])["10/m", "5", 5L, 2.5, "x/s", "1/x", "", 0L, null]) await both.SameAsync("rate_limit", ("task_name", "py.add"), ("rate_limit", limit));
        await both.SameAsync("rate_limit", ("task_name", "nope"), ("rate_limit", "10/m"));
        await both.SameAsync("time_limit", ("task_name", "py.add"), ("soft", 10L), ("hard", 20L));
        await both.SameAsync("time_limit", ("task_name", "nope"), ("soft", 10L));
        var extra = Brokers.NewQueue();
        await both.SameAsync("add_consumer", ("queue", extra));
        await both.SameAsync("cancel_consumer", ("queue", extra));
        await both.SameAsync("revoke", ("task_id", "one"));
        await both.SameAsync("revoke", ("task_id", new List<object?> { "two" }));
        await both.SameAsync("revoke", ("task_id", "no-such"), ("terminate", true));
        await both.SameAsync("terminate", ("task_id", "no-such"), ("signal", "SIGTERM"));
        foreach (var method in (string[])["pool_grow", "pool_restart", "autoscale", "enable_events", "enable_events", "disable_events", "disable_events", "heartbeat", "no_such_command"])
            await both.SameAsync(method);
        // A command without what it needs.
        foreach (var method in (string[])["rate_limit", "time_limit", "add_consumer", "cancel_consumer", "revoke", "terminate", "hello", "query_task", "election"]) await both.SameAsync(method);
        foreach (var method in (string[])["ping", "clock", "pool_grow", "enable_events", "heartbeat", "active_queues", "autoscale"]) await both.SameAsync(method, ("surplus", 1L));
        await both.SameAsync("revoke", ("task_id", running.Concat(later).Select(object? (id) => id).ToList()), ("terminate", true));
        both.AssertNone();
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Idle_workers_tell_of_themselves_shrink_and_shut_down_as_Python_workers_do(string broker)
    {
        const int Slots = 3;
        await using var app = Apps.New(broker);
        var (py, net) = (Brokers.NewQueue(), app.Settings.DefaultQueue);
        await using var ours = await RunningWorker.StartAsync(app, new() { Concurrency = Slots, NodeName = net + "@net", Mingle = false });
        await using var theirs = await PythonCelery.PreforkWorkerAsync(broker, py, Slots);
        var both = await CommandComparison.StartAsync(app, py + "@py", net + "@net");

        var reports = await both.AskAsync("report");
        Assert.Equal(ReportShape(reports[0]), ReportShape(reports[1]));
        Assert.Contains($"\ntask_default_queue: '{net}'\n", Ok(reports[1]), StringComparison.Ordinal);

        // Python measures its memory where psutil is installed.
        var samples = await both.AskAsync("memsample");
        Assert.Matches(Size, Assert.IsType<string>(samples[1]));
        var measures = samples[0] is not null;
        if (measures) Assert.Matches(Size, Assert.IsType<string>(samples[0]));
        await both.AskAsync("memsample");
        foreach (var taken in (string[])["- rss (sample):\n-    > SIZE,\n-    > SIZE,\n", ""])
        {
            var dumps = await both.AskAsync("memdump");
            Assert.Equal(taken + "- rss (end): SIZE.\n", Size.Replace((string)dumps[1]!, "SIZE"));
            Assert.Equal(measures ? taken + "- rss (end): SIZE.\n" : "- rss: (psutil not installed).\n", Size.Replace((string)dumps[0]!, "SIZE"));
        }
        var graphs = await both.AskAsync("objgraph");
        var refused = ((Dictionary<string, object?>)graphs[0]!).Text("error") ?? "ImportError('Requires the objgraph library')";
        Assert.StartsWith(refused[..^2], ((Dictionary<string, object?>)graphs[1]!).Text("error"), StringComparison.Ordinal);
        foreach (var method in (string[])["report", "objgraph", "pool_shrink", "election"]) await both.SameAsync(method, ("surplus", 1L));

        await both.SameAsync("pool_shrink");
        // Only ours is looked into: Python's list of processes keeps those that it told to end.
        Assert.Equal(Slots - 2, ours.Worker.Pool.Size);
        both.AssertNone();

        // Not put to Python: one that gossips answers the same and is ended by the election, where it is the only one that stands.
        var elected = await app.Control.InspectAsync("election", new Dictionary<string, object?> { ["id"] = "e1", ["topic"] = "task" }, [both.Nodes[1]], TestTime.Limit);
        Assert.Null(elected[both.Nodes[1]]);

        // Nobody answers it: it is told by the end.
        foreach (var (node, end) in ((string, Task)[])[(both.Nodes[0], theirs.EndAsync()), (both.Nodes[1], ours.Finished)])
        {
            using var stop = new CancellationTokenSource();
            var asking = app.Control.InspectAsync("shutdown", destination: [node], timeout: TestTime.Limit, cancellationToken: stop.Token);
            await end.WaitAsync(TestTime.Limit);
            Assert.False(asking.IsCompleted, node + " has answered.");
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }
    }

    private static string Ok(object? reply) => ((Dictionary<string, object?>)reply!).Text("ok")!;

    [GeneratedRegex(@"\d+(\.\d+)?(KB|MB|GB)")]
    private static partial Regex Size { get; }

    /// <summary>The part of a report that is about the machine and the addresses, without what names the software.</summary>
    private static string ReportShape(object? reply)
    {
        // kombu writes an address that names no virtual host, or database, with two strokes at its end.
        var text = Ok(reply).Replace("//'\n", "'\n", StringComparison.Ordinal);
        var head = text[..text.IndexOf("\n\n", StringComparison.Ordinal)];
        return Software.Replace(head, "$1 *") + "\n" + string.Join('\n', text[head.Length..].Split('\n').Where(l => l.StartsWith("broker_url: ", StringComparison.Ordinal) || l.StartsWith("result_backend: ", StringComparison.Ordinal)));
    }

    [GeneratedRegex("(?m)(^software ->|^loader   ->|^            (?=\\w+(\\.\\w+)*:)|imp:).*$")]
    private static partial Regex Software { get; }
}
