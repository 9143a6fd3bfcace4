using System.Text.RegularExpressions;
using Braid.Celery.Tests.Control;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Interop;

/// <summary>Every command, put to a Python worker and to ours while both hold the same tasks.</summary>
public sealed partial class ControlInteropTests
{
    /// <summary>Ours answers as Celery 5.6 does: what 5.2 says in other words, in these.</summary>
    private static object? Newer(object? reply) => reply switch
    {
        Dictionary<string, object?> map => map.ToDictionary(m => m.Key, m => m.Key == "redelivered" ? m.Value ?? false : Newer(m.Value)),
        List<object?> list => list.ConvertAll(Newer),
        string text => Flagged.Replace(text, m => $"tasks {{{string.Join(", ", m.Groups[1].Value.Split(", ").Select(id => $"'{id}'"))}}} flagged as revoked"),
        _ => reply,
    };

    [GeneratedRegex("^tasks (.+) flagged as revoked$")]
    private static partial Regex Flagged { get; }

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
        var differences = new List<string>();

        async Task<object?[]> AskAsync(string method, params (string, object?)[] arguments)
        {
            var replies = await app.Control.InspectAsync(method, arguments.ToDictionary(a => a.Item1, a => a.Item2), [.. workers.Select(w => w.Node)], TestTime.Limit);
            return [Newer(replies[workers[0].Node]), replies[workers[1].Node]];
        }

        void Compare(string question, object? python, object? answer)
        {
            var (expected, actual) = (ReplyShape.Of(python), ReplyShape.Of(answer));
            if (expected != actual) differences.Add($"{question}\n  Python: {expected}\n  .NET:   {actual}");
        }

        async Task SameAsync(string method, params (string, object?)[] arguments)
        {
            var replies = await AskAsync(method, arguments);
            Compare($"{method} {PythonRepr.Of(arguments.ToDictionary(a => a.Item1, a => a.Item2))}", replies[0], replies[1]);
        }

        // A task that runs, one that waits for its time, and one that waits for the slot, on each.
        async Task<string[]> SendAsync(string task, object?[] args, TimeSpan? countdown, string held)
        {
            var sent = await Task.WhenAll(workers.Select(w => app.SendTaskAsync(task, args, options: new() { Queue = w.Queue, Countdown = countdown, Priority = 3 })));
            await TestTime.UntilAsync(async () => (await AskAsync(held)).All(r => r is List<object?> { Count: 1 }), $"each has one {held}");
            return [.. sent.Select(s => s.Id)];
        }

        var running = await SendAsync("py.sleep", [600], null, "active");
        var later = await SendAsync("py.add", [1, 1], TimeSpan.FromHours(1), "scheduled");
        await SendAsync("py.sleep", [601], null, "reserved");

        foreach (var method in (string[])["ping", "active", "reserved", "scheduled", "active_queues", "clock", "dump_active", "dump_reserved", "dump_schedule"])
            await SameAsync(method);
        await SameAsync("active", ("safe", true));

        // Whoever revokes on this broker tells all workers, other tests too, and the Python worker came later.
        var revoked = Guid.NewGuid().ToString();
        await SameAsync("revoke", ("task_id", revoked));
        foreach (var method in (string[])["revoked", "dump_revoked"])
        {
            var ids = await AskAsync(method);
            Compare(method, Own(ids[0]), Own(ids[1]));
        }
        var hello = await AskAsync("hello", ("from_node", "other@host"), ("revoked", new Dictionary<string, object?>()));
        Compare("hello", Own(hello[0]), Own(hello[1]));

        object? Own(object? reply) => reply switch
        {
            List<object?> ids => ids.FindAll(id => Equals(id, revoked)),
            Dictionary<string, object?> map => map.ToDictionary(m => m.Key, m => m.Value is Dictionary<string, object?> all ? all.Where(r => r.Key == revoked).ToDictionary() : m.Value),
            _ => reply,
        };

        await SameAsync("query_task", ("ids", new List<object?> { "no-such" }));
        await SameAsync("query_task", ("ids", "no-such"));
        foreach (var taken in (string[][])[running, later])
        {
            var found = await AskAsync("query_task", ("ids", taken.Select(object? (id) => id).ToList()));
            Compare("query_task of a task that is here", found[0], found[1]);
        }

        // The tasks that both have.
        static List<object?> Both(object? names) => [.. ((List<object?>)names!).Where(n => ((string)n!).StartsWith("py.add", StringComparison.Ordinal) || ((string)n).StartsWith("py.sleep", StringComparison.Ordinal))];
        foreach (var items in (List<object?>?[])[null, ["name", "rate_limit"], ["serializer", "max_retries", "default_retry_delay", "acks_late", "ignore_result", "no_such"]])
        {
            var registered = await AskAsync("registered", ("taskinfoitems", items));
            var (python, answer) = (string.Join('\n', Both(registered[0])), string.Join('\n', Both(registered[1])));
            if (python != answer) differences.Add($"registered\n  Python: {python}\n  .NET:   {answer}");
        }

        // The same members of the same types, where a pool of processes and one of threads have them.
        var stats = await AskAsync("stats");
        var (pythonStats, ourStats) = ((Dictionary<string, object?>)stats[0]!, (Dictionary<string, object?>)stats[1]!);
        Assert.Equal(pythonStats.Keys, ourStats.Keys);
        foreach (var part in (string[])["total", "pid", "uptime", "prefetch_count", "rusage"]) Compare("stats: " + part, pythonStats[part], ourStats[part]);
        Assert.Equal(["implementation", .. pythonStats.Map("pool")!.Keys], ourStats.Map("pool")!.Keys);
        Assert.Equal([.. pythonStats.Map("broker")!.Keys, "credential_provider"], ourStats.Map("broker")!.Keys);
        // kombu asks the URL for the database, and says "/" where it names none; ours names the one that it uses.
        foreach (var member in pythonStats.Map("broker")!.Where(m => m.Key != "virtual_host")) Compare("stats: broker: " + member.Key, member.Value, ourStats.Map("broker")![member.Key]);

        // Settings of the same names have the same types, where both have a value.
        var conf = await AskAsync("conf");
        foreach (var (name, value) in (Dictionary<string, object?>)conf[1]!)
        {
            if (value is null || !((Dictionary<string, object?>)conf[0]!).TryGetValue(name, out var their) || their is null) continue;
            if (value.GetType() != their.GetType() && !(value is long or double && their is long or double)) differences.Add($"conf: {name}: Python: {PythonRepr.Of(their)}  .NET: {PythonRepr.Of(value)}");
        }

        foreach (var limit in (object?[])["10/m", "5", 5L, 2.5, "x/s", "1/x", "", 0L, null]) await SameAsync("rate_limit", ("task_name", "py.add"), ("rate_limit", limit));
        await SameAsync("rate_limit", ("task_name", "nope"), ("rate_limit", "10/m"));
        await SameAsync("time_limit", ("task_name", "py.add"), ("soft", 10L), ("hard", 20L));
        await SameAsync("time_limit", ("task_name", "nope"), ("soft", 10L));
        var extra = Brokers.NewQueue();
        await SameAsync("add_consumer", ("queue", extra));
        await SameAsync("cancel_consumer", ("queue", extra));
        await SameAsync("revoke", ("task_id", "one"));
        await SameAsync("revoke", ("task_id", new List<object?> { "two" }));
        await SameAsync("revoke", ("task_id", "no-such"), ("terminate", true));
        await SameAsync("terminate", ("task_id", "no-such"), ("signal", "SIGTERM"));
        // Not here: Python's pool does not shrink while all its processes are busy, and without gossip it has no elections.
        foreach (var method in (string[])["pool_grow", "pool_restart", "autoscale", "enable_events", "enable_events", "disable_events", "disable_events", "heartbeat", "no_such_command"])
            await SameAsync(method);
        // A command without what it needs.
        foreach (var method in (string[])["rate_limit", "time_limit", "add_consumer", "cancel_consumer", "revoke", "terminate", "hello", "query_task", "election"]) await SameAsync(method);
        foreach (var method in (string[])["ping", "clock", "pool_grow", "enable_events", "heartbeat", "active_queues", "autoscale"]) await SameAsync(method, ("surplus", 1L));
        await SameAsync("revoke", ("task_id", running.Concat(later).Select(object? (id) => id).ToList()), ("terminate", true));
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }
}
