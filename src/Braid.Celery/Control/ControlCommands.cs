using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Braid.Celery.Workers;

namespace Braid.Celery.Control;

/// <summary>The commands that a worker answers, with the replies of Celery 5.6.</summary>
internal static class ControlCommands
{
    /// <summary>How long an answer waits for a store that is slow or away.</summary>
    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(1);

    /// <summary>Runs one command. Some answer nobody: shutdown.</summary>
    internal static async Task<(object? Reply, bool Answers)> RunAsync(CeleryApp app, CeleryWorker worker, string method, Dictionary<string, object?> arguments)
    {
        CommandArguments.Check(method, arguments);
        switch (method)
        {
            case "shutdown":
                worker.RequestShutdown();
                return (null, false);
            case "heartbeat":
                worker.Heartbeat.Post("worker-heartbeat");
                return (null, true);
            case "add_consumer":
                await AddConsumerAsync(app, worker, arguments);
                return (Ok($"add consumer {Required(arguments, "queue")}"), true);
            case "cancel_consumer":
                var cancelled = Required(arguments, "queue");
                await worker.Consumer.CancelQueueAsync(cancelled, CancellationToken.None);
                return (Ok($"no longer consuming from {cancelled}"), true);
            case "revoke" or "terminate":
                var ids = Items(arguments.GetValueOrDefault("task_id"));
                var terminates = method == "terminate" || arguments.Flag("terminate");
                // What is terminated here stores that itself.
                await StoreRevokedAsync(app, terminates ? ids.FindAll(id => !worker.Holds(id)) : ids);
                return (Revoke(worker, ids, terminates), true);
            default: return (Run(app, worker, method, arguments), true);
        }
    }

    /// <summary>
    /// A revocation holds from when it is heard, not from when it is answered: the task may be the very next message. Arguments that do not
    /// fit are left to the answer.
    /// </summary>
    internal static void Note(CeleryWorker worker, string method, Dictionary<string, object?> arguments)
    {
        if (method is "revoke" or "terminate") worker.Revoked.Add(Items(arguments.GetValueOrDefault("task_id")));
        else if (method == "revoke_by_stamped_headers" && Stamps(arguments.GetValueOrDefault("headers")) is { } stamps) worker.Revoked.AddStamps(stamps);
    }

    private static object? Run(CeleryApp app, CeleryWorker worker, string method, Dictionary<string, object?> arguments) => method switch
    {
        "ping" => Ok("pong"),
        "active" or "dump_active" => WorkerReport.Active(worker, arguments.Flag("safe")),
        "reserved" or "dump_reserved" => WorkerReport.Reserved(worker),
        "scheduled" or "dump_schedule" => WorkerReport.Scheduled(worker),
        "revoked" or "dump_revoked" => worker.Revoked.Ids.Select(object? (i) => i).ToList(),
        "registered" or "dump_tasks" => WorkerReport.Registered(app, worker, Items(arguments.GetValueOrDefault("taskinfoitems")), arguments.Flag("builtins")),
        "active_queues" => worker.Consumer.Queues.Select(object? (q) => WorkerReport.Queue(app, q)).ToList(),
        "stats" => WorkerReport.Stats(app, worker),
        "clock" => new Dictionary<string, object?>(StringComparer.Ordinal) { ["clock"] = app.Clock.Value },
        "report" => Ok(SoftwareReport.Of(app, worker.Options)),
        "conf" or "dump_conf" => WorkerConf.Of(app, worker.Options),
        "hello" => Hello(app, worker, arguments),
        "query_task" => WorkerReport.Query(worker, Items(arguments.GetValueOrDefault("ids"))),
        "memsample" => worker.Memory.Take(),
        "memdump" => worker.Memory.Dump(),
        "objgraph" => throw new TaskException("ImportError", "builtins", "Requires the objgraph library, which only Python has: use dotnet-gcdump with a .NET worker"),
        "revoke_by_stamped_headers" => RevokeStamped(worker, arguments.GetValueOrDefault("headers"), arguments.Flag("terminate")),
        "rate_limit" => SetRate(app, worker, arguments.Text("task_name") ?? "", arguments.GetValueOrDefault("rate_limit")),
        "time_limit" => SetLimits(app, worker, arguments.Text("task_name") ?? "", arguments),
        "enable_events" => Events(worker, on: true),
        "disable_events" => Events(worker, on: false),
        "election" => null,
        "pool_grow" => Resize(worker, (int)(arguments.Number("n") ?? 1), "grow"),
        "pool_shrink" => Resize(worker, -(int)(arguments.Number("n") ?? 1), "shrink"),
        "pool_restart" => Restart(worker),
        "autoscale" => Autoscale(worker, arguments),
        _ => throw new TaskException("KeyError", "builtins", method),
    };

    private static Dictionary<string, object?> Ok(string text) => new(StringComparer.Ordinal) { ["ok"] = text };

    private static Dictionary<string, object?> Error(string text) => new(StringComparer.Ordinal) { ["error"] = text };

    private static string Required(Dictionary<string, object?> arguments, string name) =>
        arguments.Text(name) ?? throw new TaskException("TypeError", "builtins", $"missing 1 required positional argument: '{name}'");

    /// <summary>Celery takes one name or a list of them.</summary>
    private static List<string> Items(object? value) => value switch
    {
        string id => [id],
        List<object?> list => [.. list.OfType<string>()],
        _ => [],
    };

    /// <summary>Declares the queue as the command describes it, or as the settings do, and takes its tasks too.</summary>
    private static Task AddConsumerAsync(CeleryApp app, CeleryWorker worker, Dictionary<string, object?> arguments)
    {
        var queue = Required(arguments, "queue");
        var (exchange, type, key) = (arguments.Text("exchange"), arguments.Text("exchange_type"), arguments.Text("routing_key"));
        if (exchange is not null || type is not null || key is not null)
            app.Settings.AddedQueues[queue] = app.Settings.QueueOptions(queue) with { Exchange = exchange, ExchangeType = type ?? "direct", RoutingKey = key };
        return worker.Consumer.AddQueueAsync(queue, CancellationToken.None);
    }

    /// <summary>What mingle asks: nothing is said to a node of this worker's own name.</summary>
    private static Dictionary<string, object?>? Hello(CeleryApp app, CeleryWorker worker, Dictionary<string, object?> arguments)
    {
        if (arguments.Text("from_node") == worker.Node) return null;
        worker.Revoked.Add(RemoteControl.RevokedIds(arguments.GetValueOrDefault("revoked")));
        return new(StringComparer.Ordinal) { ["revoked"] = worker.Revoked.ToWire(), ["clock"] = app.Clock.Forward() };
    }

    private static Dictionary<string, object?> Revoke(CeleryWorker worker, List<string> ids, bool terminate)
    {
        // Before they are revoked: what waits here is then no longer here.
        var here = terminate ? ids.Where(worker.Holds).Distinct().ToList() : [];
        worker.Revoked.Add(ids);
        foreach (var id in here) worker.Terminate(id);
        foreach (var id in ids) worker.RevokeWaiting(id);
        if (!terminate) return Ok($"tasks {Set(ids)} flagged as revoked");
        return Ok(here.Count == 0 ? "terminate: tasks unknown" : $"terminate: {string.Join(", ", here)}");
    }

    /// <summary>
    /// The state is stored at once, as Celery 5.6 does: the task may not come for hours. A success that is stored stays, and what runs stores
    /// its outcome over it.
    /// </summary>
    private static async Task StoreRevokedAsync(CeleryApp app, List<string> ids)
    {
        if (!app.Backend.IsPersistent) return;
        using var limit = new CancellationTokenSource(StoreLimit, app.Time);
        foreach (var id in ids)
        {
            var meta = new ResultMeta { TaskId = id, Status = TaskStates.Revoked, Result = ExceptionWire.Write(new TaskRevokedException("revoked")), DateDone = app.Time.GetUtcNow() };
            try { await app.Backend.StoreAsync(meta, null, limit.Token); }
            catch (Exception e) when (e is OperationCanceledException or RedisErrorException or System.Data.Common.DbException) { WorkerLog.ControlFailed(app.Logger, e, "revoke", e.Message); }
        }
    }

    /// <summary>Python's repr of a set of strings.</summary>
    private static string Set(List<string> ids) =>
        ids.Count == 0 ? "set()" : "{" + string.Join(", ", ids.Distinct().Select(PythonRepr.String)) + "}";

    /// <summary>A map, or the command line's list of "name=value".</summary>
    private static Dictionary<string, object?>? Stamps(object? headers) => headers switch
    {
        Dictionary<string, object?> map => map,
        List<object?> list => list.OfType<string>().Select(h => h.Split('=')).Where(h => h.Length > 1).GroupBy(h => h[0], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, object? (g) => g.Last()[1], StringComparer.Ordinal),
        _ => null,
    };

    private static Dictionary<string, object?> RevokeStamped(CeleryWorker worker, object? stamps, bool terminate)
    {
        var headers = Stamps(stamps) ?? throw new TaskException("AttributeError", "builtins", $"'{(stamps is null ? "NoneType" : "str")}' object has no attribute 'items'");
        worker.Revoked.AddStamps(headers);
        foreach (var (_, item) in worker.Eta.Snapshot())
            if (item.Headers.Stamps is { } own && RevokedTasks.Matches(own, headers)) worker.RevokeWaiting(item.Id);
        if (!terminate) return Ok($"headers {PythonRepr.Of(headers)} flagged as revoked, but not terminated");
        var found = new Dictionary<string, List<object?>>(StringComparer.Ordinal);
        foreach (var item in worker.Active.Values)
        {
            if (item.Headers.Stamps is not { } own) continue;
            var matching = headers.Select(h => (h.Key, Common: RevokedTasks.Common(own.GetValueOrDefault(h.Key), h.Value))).Where(m => m.Common.Count > 0).ToList();
            foreach (var (name, common) in matching) found[name] = [.. (found.GetValueOrDefault(name) ?? []).Union(common)];
            if (matching.Count > 0) worker.Terminate(item.Id);
        }
        if (found.Count == 0) return Ok($"headers {PythonRepr.Of(headers)} were not terminated");
        return Ok($"headers defaultdict(<class 'set'>, {{{string.Join(", ", found.Select(f => $"{PythonRepr.String(f.Key)}: {{{string.Join(", ", f.Value.Select(PythonRepr.Of))}}}"))}}}) revoked");
    }

    private static Dictionary<string, object?> SetRate(CeleryApp app, CeleryWorker worker, string task, object? limit)
    {
        var off = limit is null or "" or 0L or 0.0 or false;
        var text = off ? null : limit as string ?? PythonRepr.Of(limit);
        if (text?.IndexOf('/', StringComparison.Ordinal) is { } slash and >= 0 && text[(slash + 1)..] is not ("" or "s" or "m" or "h") and var unit)
            throw new TaskException("KeyError", "builtins", unit);
        try { RateLimiter.ParseInterval(text); }
        catch (FormatException)
        {
            var error = new TaskException("ValueError", "builtins", $"could not convert string to float: {PythonRepr.String(text!.Split('/')[0])}");
            return Error($"Invalid rate limit string: {ExceptionWire.Repr(error)}");
        }
        if (app.Find(task) is null) return Error("unknown task");
        worker.Rates.Set(task, text);
        return Ok(off ? "rate limit disabled successfully" : "new rate limit set successfully");
    }

    private static Dictionary<string, object?> SetLimits(CeleryApp app, CeleryWorker worker, string task, Dictionary<string, object?> arguments)
    {
        if (app.Find(task) is null) return Error("unknown task");
        worker.Limits[task] = (arguments.Number("hard"), arguments.Number("soft"));
        return Ok("time limits set successfully");
    }

    private static Dictionary<string, object?> Events(CeleryWorker worker, bool on)
    {
        var was = worker.Events.TaskEvents;
        worker.Events.TaskEvents = on;
        var verb = on ? "enabled" : "disabled";
        return Ok(was == on ? $"task events already {verb}" : $"task events {verb}");
    }

    private static Dictionary<string, object?> Autoscale(CeleryWorker worker, Dictionary<string, object?> arguments)
    {
        var scaler = worker.Autoscaler ?? throw new TaskException("ValueError", "builtins", "Autoscale not enabled");
        var (most, least) = scaler.Update((int?)arguments.Number("max"), (int?)arguments.Number("min"));
        return Ok($"autoscale now max={most} min={least}");
    }

    private static Dictionary<string, object?> Restart(CeleryWorker worker)
    {
        (worker.Processes ?? throw new TaskException("ValueError", "builtins", "Pool restarts not enabled")).Restart();
        return Ok("reload started");
    }

    private static Dictionary<string, object?> Resize(CeleryWorker worker, int change, string verb)
    {
        if (worker.Autoscaler is not null) return Error($"pool_{verb} is not supported with autoscale. Adjust autoscale range instead.");
        worker.Resize(change);
        return Ok($"pool will {verb}");
    }
}
