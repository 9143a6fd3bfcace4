using System.Globalization;
using Braid.Celery.Wire;
using Braid.Celery.Workers;

namespace Braid.Celery.Control;

/// <summary>What a worker says of itself and its tasks, member by member as Celery 5.6 says it.</summary>
internal static class WorkerReport
{
    internal static List<object?> Active(CeleryWorker worker, bool safe) => [.. worker.Active.Values.Select(object? (i) => Describe(worker, i, safe))];

    /// <summary>Those that wait for a slot, and those that wait for their rate limit.</summary>
    internal static List<object?> Reserved(CeleryWorker worker) =>
    [
        .. worker.Pool.Reserved.Values.Select(object? (i) => Describe(worker, i)),
        .. worker.Eta.Snapshot().Where(w => w.Item.RateReserved).Select(object? (w) => Describe(worker, w.Item)),
    ];

    /// <summary>Those that wait for their time.</summary>
    internal static List<object?> Scheduled(CeleryWorker worker) =>
    [
        .. worker.Eta.Snapshot().Where(w => !w.Item.RateReserved).Select(object? (w) => new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["eta"] = w.Item.Headers.Eta is { } eta ? PythonTime.Format(eta) : null,
            ["priority"] = 6L,
            ["request"] = Describe(worker, w.Item),
        }),
    ];

    /// <summary>The state of each task that this worker has taken and that is not only waiting for its time.</summary>
    internal static Dictionary<string, object?> Query(CeleryWorker worker, List<string> ids)
    {
        var found = new Dictionary<string, object?>(StringComparer.Ordinal);
        var limited = worker.Eta.Snapshot().Where(w => w.Item.RateReserved).ToList();
        foreach (var id in ids)
        {
            if (worker.Active.TryGetValue(id, out var active)) found[id] = new List<object?> { "active", Describe(worker, active) };
            else if (worker.Pool.Reserved.TryGetValue(id, out var reserved)) found[id] = new List<object?> { "reserved", Describe(worker, reserved) };
            else if (limited.Find(w => w.Item.Id == id).Item is { } waiting) found[id] = new List<object?> { "reserved", Describe(worker, waiting) };
        }
        return found;
    }

    private static Dictionary<string, object?> Describe(CeleryWorker worker, WorkItem item, bool safe = false) => new(StringComparer.Ordinal)
    {
        ["id"] = item.Id,
        ["name"] = item.Headers.Task,
        ["args"] = safe ? item.Headers.ArgsRepr : PlainValue.Parse(item.Body.Args.Span),
        ["kwargs"] = safe ? item.Headers.KwargsRepr : PlainValue.Parse(item.Body.Kwargs.Span),
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
        ["worker_pid"] = item.StartedAt is null ? null : (long)(item.Pid ?? Environment.ProcessId),
    };

    private static readonly string[] DefaultTaskItems = ["exchange", "routing_key", "rate_limit"];

    /// <summary>The names of the tasks, each with those of its attributes that were asked for and are set: "add [rate_limit=10/m]".</summary>
    internal static List<object?> Registered(CeleryApp app, CeleryWorker worker, List<string> items, bool builtins)
    {
        IReadOnlyList<string> wanted = items.Count > 0 ? items : DefaultTaskItems;
        return [.. app.Tasks.Values.Where(t => builtins || !t.Name.StartsWith("celery.", StringComparison.Ordinal)).OrderBy(t => t.Name, StringComparer.Ordinal).Select(Line)];

        object? Line(RegisteredTask task)
        {
            var fields = wanted.Select(item => (item, Value: Attribute(app, worker, task, item))).Where(f => f.Value is not null)
                .Select(f => $"{f.item}={f.Value as string ?? PythonRepr.Of(f.Value)}").ToList();
            return fields.Count == 0 ? task.Name : $"{task.Name} [{string.Join(' ', fields)}]";
        }
    }

    /// <summary>An attribute of Celery's Task; null for one that is not set or that tasks here do not have.</summary>
    private static object? Attribute(CeleryApp app, CeleryWorker worker, RegisteredTask task, string name)
    {
        var options = task.Options;
        var settings = app.Settings;
        var limits = worker.Limits.TryGetValue(task.Name, out var set) ? set : (options.TimeLimit?.TotalSeconds, options.SoftTimeLimit?.TotalSeconds);
        return name switch
        {
            "name" => task.Name,
            "rate_limit" => worker.Rates.Of(task.Name),
            "queue" => options.Queue,
            "priority" => (long?)options.Priority,
            "serializer" => options.Serializer ?? settings.Serializer,
            "expires" => options.Expires?.TotalSeconds,
            "max_retries" => (long?)options.MaxRetries,
            "default_retry_delay" => TaskHeaders.Seconds(options.DefaultRetryDelay.TotalSeconds),
            "time_limit" => TaskHeaders.Seconds(limits.Item1 ?? settings.TimeLimit?.TotalSeconds),
            "soft_time_limit" => TaskHeaders.Seconds(limits.Item2 ?? settings.SoftTimeLimit?.TotalSeconds),
            "acks_late" => options.AcksLate ?? settings.AcksLate,
            "acks_on_failure_or_timeout" => options.AcksOnFailureOrTimeout,
            "reject_on_worker_lost" => options.RejectOnWorkerLost ?? settings.RejectOnWorkerLost,
            "ignore_result" => options.IgnoreResult ?? settings.IgnoreResult,
            "track_started" => options.TrackStarted ?? settings.TrackStarted,
            "store_errors_even_if_ignored" => settings.StoreErrorsEvenIfIgnored,
            _ => null,
        };
    }

    internal static Dictionary<string, object?> Queue(CeleryApp app, string queue)
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

    internal static Dictionary<string, object?> Stats(CeleryApp app, CeleryWorker worker)
    {
        var uri = new Uri(app.BrokerUrl.Replace("pyamqp", "amqp", StringComparison.OrdinalIgnoreCase));
        var size = worker.Pool.Size;
        return new(StringComparer.Ordinal)
        {
            ["total"] = worker.Totals.ToDictionary(t => t.Key, object? (t) => t.Value, StringComparer.Ordinal),
            ["pid"] = (long)Environment.ProcessId,
            ["clock"] = app.Clock.Value.ToString(CultureInfo.InvariantCulture),
            ["uptime"] = (long)(app.Time.GetUtcNow() - worker.StartedAt).TotalSeconds,
            ["pool"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["implementation"] = worker.Processes is null ? "Braid.Celery.Workers:TaskPool" : "Braid.Celery.Workers.Processes:ProcessExecutor",
                ["max-concurrency"] = (long)size,
                ["processes"] = (worker.Processes?.Pids ?? [Environment.ProcessId]).Select(object? (p) => (long)p).ToList(),
                // Celery's solo pool, which has no children either, says none.
                ["max-tasks-per-child"] = worker.Processes is null ? null : worker.Options.MaxTasksPerChild is { } most ? (long)most : "N/A",
                ["put-guarded-by-semaphore"] = true,
                ["timeouts"] = new List<object?>
                {
                    TaskHeaders.Seconds(app.Settings.SoftTimeLimit?.TotalSeconds ?? 0), TaskHeaders.Seconds(app.Settings.TimeLimit?.TotalSeconds ?? 0),
                },
                // What Celery says of a pool that does not count what it wrote to its processes.
                ["writes"] = "N/A",
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
            ["rusage"] = ResourceUsage.OfThisProcess(),
        };
    }
}
