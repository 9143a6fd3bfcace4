using System.Diagnostics;
using Braid.Celery.Wire;
using Braid.Celery.Workers;

namespace Braid.Celery.Control;

/// <summary>The commands that a worker answers, with the replies of Celery 5.6.</summary>
internal static class ControlCommands
{
    /// <summary>Runs one command. Some answer nobody: shutdown.</summary>
    internal static async Task<(object? Reply, bool Answers)> RunAsync(CeleryApp app, CeleryWorker worker, string method, Dictionary<string, object?> arguments)
    {
        switch (method)
        {
            case "shutdown":
                worker.RequestShutdown();
                return (null, false);
            case "heartbeat":
                worker.PostHeartbeat("worker-heartbeat");
                return (null, true);
            case "add_consumer":
                var added = Required(arguments, "queue");
                if (worker.Consumer.Queues.Contains(added)) return (Ok($"already consuming from {PythonRepr.String(added)}"), true);
                await worker.Consumer.AddQueueAsync(added, CancellationToken.None);
                return (Ok($"add consumer {added}"), true);
            case "cancel_consumer":
                var cancelled = Required(arguments, "queue");
                await worker.Consumer.CancelQueueAsync(cancelled, CancellationToken.None);
                return (Ok($"no longer consuming from {cancelled}"), true);
            default: return (Run(app, worker, method, arguments), true);
        }
    }

    private static object? Run(CeleryApp app, CeleryWorker worker, string method, Dictionary<string, object?> arguments) => method switch
    {
        "ping" => Ok("pong"),
        "active" => worker.Active.Values.Select(object? (i) => Describe(worker, i)).ToList(),
        "reserved" => worker.Pool.Reserved.Values.Select(object? (i) => Describe(worker, i)).ToList(),
        "scheduled" => worker.Eta.Snapshot().Select(object? (w) => new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["eta"] = PythonTime.Format(w.Due),
            ["priority"] = 6L,
            ["request"] = Describe(worker, w.Item),
        }).ToList(),
        "revoked" => worker.Revoked.Ids.Select(object? (i) => i).ToList(),
        "registered" or "dump_tasks" => Registered(app, arguments),
        "active_queues" => worker.Consumer.Queues.Select(object? (q) => DescribeQueue(app, q)).ToList(),
        "stats" => Stats(app, worker),
        "clock" => new Dictionary<string, object?>(StringComparer.Ordinal) { ["clock"] = app.Clock.Value },
        "report" => Ok($"\nsoftware -> braid-celery:{Version} dotnet:{Environment.Version}\nplatform -> system:{Environment.OSVersion.Platform}\n"
            + $"settings -> transport:{app.Broker.Transport} results:{(app.BackendUrl is null ? "disabled" : CeleryUrl.Redact(app.BackendUrl))}\n"),
        "conf" => Conf(app),
        "hello" => Hello(app, worker, arguments),
        "query_task" => Query(worker, Ids(arguments.GetValueOrDefault("ids"))),
        "objgraph" or "memdump" or "memsample" => Error("not supported by a .NET worker: use dotnet-counters and dotnet-gcdump"),
        "revoke" => Revoke(worker, Ids(arguments.GetValueOrDefault("task_id") ?? arguments.GetValueOrDefault("task_ids")), arguments.Flag("terminate")),
        "terminate" => Revoke(worker, Ids(arguments.GetValueOrDefault("task_id")), terminate: true),
        "revoke_by_stamped_headers" => RevokeStamped(worker, arguments.Map("headers") ?? [], arguments.Flag("terminate")),
        "rate_limit" => SetRate(app, worker, Required(arguments, "task_name"), arguments.GetValueOrDefault("rate_limit")),
        "time_limit" => SetLimits(app, worker, Required(arguments, "task_name"), arguments),
        "enable_events" => Events(worker, on: true),
        "disable_events" => Events(worker, on: false),
        "election" => null,
        "pool_grow" => Resize(worker, (int)(arguments.Number("n") ?? 1), "grow"),
        "pool_shrink" => Resize(worker, -(int)(arguments.Number("n") ?? 1), "shrink"),
        "pool_restart" => Restart(worker),
        "autoscale" => Autoscale(worker, arguments),
        _ => throw new TaskException("KeyError", "builtins", method),
    };

    private static string Version => typeof(CeleryApp).Assembly.GetName().Version?.ToString(3) ?? "0";

    private static Dictionary<string, object?> Ok(string text) => new(StringComparer.Ordinal) { ["ok"] = text };

    private static Dictionary<string, object?> Error(string text) => new(StringComparer.Ordinal) { ["error"] = text };

    private static string Required(Dictionary<string, object?> arguments, string name) =>
        arguments.Text(name) ?? throw new TaskException("TypeError", "builtins", $"missing 1 required positional argument: '{name}'");

    private static List<string> Ids(object? value) => value switch
    {
        string id => [id],
        List<object?> list => [.. list.OfType<string>()],
        _ => [],
    };

    private static Dictionary<string, object?> Describe(CeleryWorker worker, WorkItem item) => new(StringComparer.Ordinal)
    {
        ["id"] = item.Id,
        ["name"] = item.Headers.Task,
        ["args"] = PlainValue.Parse(item.Body.Args.Span),
        ["kwargs"] = PlainValue.Parse(item.Body.Kwargs.Span),
        ["type"] = item.Headers.Task,
        ["hostname"] = worker.Node,
        ["time_start"] = item.StartedAt,
        ["acknowledged"] = item.Acknowledged,
        ["delivery_info"] = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["exchange"] = item.Delivery.Exchange,
            ["routing_key"] = item.Delivery.RoutingKey,
            ["priority"] = (long?)item.Delivery.Properties.Priority,
            ["redelivered"] = item.Delivery.Redelivered,
        },
        ["worker_pid"] = item.StartedAt is null ? null : (long)Environment.ProcessId,
    };

    private static List<object?> Registered(CeleryApp app, Dictionary<string, object?> arguments) =>
        [.. app.Tasks.Keys.Where(n => arguments.Flag("builtins") || !BuiltinTasks.Names.Contains(n)).Order(StringComparer.Ordinal)];

    private static Dictionary<string, object?> DescribeQueue(CeleryApp app, string queue)
    {
        var options = app.Settings.QueueOptions(queue);
        return new(StringComparer.Ordinal)
        {
            ["name"] = queue,
            ["exchange"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["name"] = options.Exchange ?? queue,
                ["type"] = options.ExchangeType,
                ["arguments"] = null,
                ["durable"] = true,
                ["passive"] = false,
                ["auto_delete"] = false,
                ["delivery_mode"] = null,
                ["no_declare"] = false,
            },
            ["routing_key"] = options.RoutingKey ?? queue,
            ["queue_arguments"] = options.Quorum ? new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" } : null,
            ["binding_arguments"] = null,
            ["consumer_arguments"] = null,
            ["durable"] = true,
            ["exclusive"] = false,
            ["auto_delete"] = false,
            ["no_ack"] = false,
            ["alias"] = null,
            ["bindings"] = new List<object?>(),
            ["no_declare"] = null,
            ["expires"] = null,
            ["message_ttl"] = null,
            ["max_length"] = null,
            ["max_length_bytes"] = null,
            ["max_priority"] = (long?)options.MaxPriority,
        };
    }

    private static Dictionary<string, object?> Stats(CeleryApp app, CeleryWorker worker)
    {
        using var process = Process.GetCurrentProcess();
        var uri = new Uri(app.BrokerUrl.Replace("pyamqp", "amqp", StringComparison.OrdinalIgnoreCase));
        var size = worker.Pool.Size;
        return new(StringComparer.Ordinal)
        {
            ["total"] = worker.Totals.ToDictionary(t => t.Key, object? (t) => t.Value, StringComparer.Ordinal),
            ["pid"] = (long)Environment.ProcessId,
            ["clock"] = app.Clock.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["uptime"] = (long)(app.Time.GetUtcNow() - worker.StartedAt).TotalSeconds,
            ["pool"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["implementation"] = worker.Processes is null ? "Braid.Celery.Workers:TaskPool" : "Braid.Celery.Workers.Processes:ProcessExecutor",
                ["max-concurrency"] = (long)size,
                ["processes"] = (worker.Processes?.Pids ?? [Environment.ProcessId]).Select(object? (p) => (long)p).ToList(),
                ["max-tasks-per-child"] = worker.Options.MaxTasksPerChild is { } most ? (long)most : "N/A",
                ["put-guarded-by-semaphore"] = true,
                ["timeouts"] = new List<object?>
                {
                    TaskHeaders.Seconds(app.Settings.SoftTimeLimit?.TotalSeconds ?? 0), TaskHeaders.Seconds(app.Settings.TimeLimit?.TotalSeconds ?? 0),
                },
            },
            ["broker"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["hostname"] = uri.Host,
                ["userid"] = CeleryUrl.Credentials(uri).User,
                ["virtual_host"] = uri.AbsolutePath.Trim('/') is { Length: > 0 } path ? path : app.Broker.Transport == "redis" ? "0" : "/",
                ["port"] = (long)uri.Port,
                ["insist"] = false,
                ["ssl"] = uri.Scheme is "rediss" or "amqps",
                ["transport"] = app.Broker.Transport,
                ["connect_timeout"] = 4L,
                ["transport_options"] = new Dictionary<string, object?>(),
                ["login_method"] = app.Broker.Transport == "amqp" ? "PLAIN" : null,
                ["uri_prefix"] = null,
                ["heartbeat"] = 60.0,
                ["failover_strategy"] = "round-robin",
                ["alternates"] = new List<object?>(),
                ["credential_provider"] = null,
            },
            ["prefetch_count"] = (long)worker.Consumer.Prefetch,
            ["rusage"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["utime"] = process.UserProcessorTime.TotalSeconds,
                ["stime"] = process.PrivilegedProcessorTime.TotalSeconds,
                ["maxrss"] = process.PeakWorkingSet64 / 1024,
            },
        };
    }

    private static Dictionary<string, object?> Conf(CeleryApp app) => new(StringComparer.Ordinal)
    {
        ["broker_url"] = CeleryUrl.Redact(app.BrokerUrl),
        ["result_backend"] = app.BackendUrl is null ? null : CeleryUrl.Redact(app.BackendUrl),
        ["task_default_queue"] = app.Settings.DefaultQueue,
        ["task_serializer"] = app.Settings.Serializer,
        ["accept_content"] = new List<object?> { "json", "msgpack" },
        ["task_track_started"] = app.Settings.TrackStarted,
        ["task_acks_late"] = app.Settings.AcksLate,
        ["task_ignore_result"] = app.Settings.IgnoreResult,
        ["result_extended"] = app.Settings.ResultExtended,
        ["result_expires"] = (long)app.Settings.ResultExpires.TotalSeconds,
        ["task_protocol"] = 2L,
    };

    private static Dictionary<string, object?> Hello(CeleryApp app, CeleryWorker worker, Dictionary<string, object?> arguments)
    {
        worker.Revoked.Add(RemoteControl.RevokedIds(arguments.GetValueOrDefault("revoked")));
        var now = PythonTime.ToEpoch(app.Time.GetUtcNow());
        return new(StringComparer.Ordinal)
        {
            ["revoked"] = worker.Revoked.Ids.ToDictionary(i => i, object? (_) => now, StringComparer.Ordinal),
            ["clock"] = app.Clock.Forward(),
        };
    }

    private static Dictionary<string, object?> Query(CeleryWorker worker, List<string> ids)
    {
        var found = new Dictionary<string, object?>(StringComparer.Ordinal);
        var waiting = worker.Eta.Snapshot();
        foreach (var id in ids)
        {
            if (worker.Active.TryGetValue(id, out var active)) found[id] = new List<object?> { "active", Describe(worker, active) };
            else if (worker.Pool.Reserved.TryGetValue(id, out var reserved)) found[id] = new List<object?> { "reserved", Describe(worker, reserved) };
            else if (waiting.Find(w => w.Item.Id == id).Item is { } scheduled) found[id] = new List<object?> { "reserved", Describe(worker, scheduled) };
        }
        return found;
    }

    private static Dictionary<string, object?> Revoke(CeleryWorker worker, List<string> ids, bool terminate)
    {
        worker.Revoked.Add(ids);
        if (terminate)
        {
            var stopped = ids.Where(worker.Terminate).ToList();
            foreach (var id in ids) worker.RevokeWaiting(id);
            return Ok(stopped.Count == 0 ? "terminate: tasks unknown" : $"terminate: {string.Join(", ", stopped)}");
        }
        foreach (var id in ids) worker.RevokeWaiting(id);
        return Ok($"tasks {Set(ids)} flagged as revoked");
    }

    /// <summary>Python's repr of a set of strings.</summary>
    private static string Set(List<string> ids) =>
        ids.Count == 0 ? "set()" : "{" + string.Join(", ", ids.Distinct().Select(PythonRepr.String)) + "}";

    private static Dictionary<string, object?> RevokeStamped(CeleryWorker worker, Dictionary<string, object?> headers, bool terminate)
    {
        worker.Revoked.AddStamps(headers);
        foreach (var (_, item) in worker.Eta.Snapshot())
            if (item.Headers.Stamps is { } stamps && RevokedTasks.Matches(stamps, headers)) worker.RevokeWaiting(item.Id);
        if (!terminate) return Ok($"headers {PythonRepr.Of(headers)} flagged as revoked, but not terminated");
        var stopped = worker.Active.Values.Where(i => i.Headers.Stamps is { } s && RevokedTasks.Matches(s, headers)).Select(i => i.Id).Where(worker.Terminate).ToList();
        return Ok(stopped.Count == 0 ? $"headers {PythonRepr.Of(headers)} flagged as revoked, but not terminated" : $"terminate: {string.Join(", ", stopped)}");
    }

    private static Dictionary<string, object?> SetRate(CeleryApp app, CeleryWorker worker, string task, object? limit)
    {
        var text = limit switch { null => null, string s => s, _ => PythonRepr.Of(limit) };
        try { RateLimiter.ParseInterval(text); }
        catch (FormatException) { return Error($"Invalid rate limit string: ValueError(\"could not convert string to float: {PythonRepr.String(text!)}\")"); }
        if (app.Find(task) is null) return Error("unknown task");
        worker.Rates.Set(task, text);
        return Ok(text is null or "0" ? "rate limit disabled successfully" : "new rate limit set successfully");
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
        worker.Resize(change);
        return Ok($"pool will {verb}");
    }
}
