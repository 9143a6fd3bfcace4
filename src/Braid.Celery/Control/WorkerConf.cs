using Braid.Celery.Wire;

namespace Braid.Celery.Control;

/// <summary>
/// The settings that <c>inspect conf</c> tells, by Celery's names: all that mean something here, and those of Celery that only have one
/// value here. URLs without their passwords.
/// </summary>
internal static class WorkerConf
{
    internal static Dictionary<string, object?> Of(CeleryApp app, WorkerOptions options) => new(All(app.Broker.Transport, app.Settings, options), StringComparer.Ordinal)
    {
        ["broker_url"] = CeleryUrl.Redact(app.BrokerUrl),
        ["result_backend"] = app.BackendUrl is null ? null : CeleryUrl.Redact(app.BackendUrl),
    };

    /// <summary>Those that are not the defaults.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> Changed(CeleryApp app, WorkerOptions options)
    {
        var defaults = All(app.Broker.Transport, new(), new());
        return Of(app, options).Where(setting => PythonRepr.Of(setting.Value) != PythonRepr.Of(defaults[setting.Key]));
    }

    /// <summary>By the app's own settings, without its addresses.</summary>
    private static Dictionary<string, object?> All(string transport, CelerySettings settings, WorkerOptions options)
    {
        var inProcesses = options.ProcessApp is not null;
        return new(StringComparer.Ordinal)
        {
            ["broker_url"] = null,
            ["result_backend"] = null,
            ["include"] = new List<object?>(),
            ["imports"] = new List<object?>(),
            ["accept_content"] = new List<object?> { "json", "msgpack" },
            ["enable_utc"] = true,
            ["timezone"] = "UTC",
            ["broker_connection_retry"] = true,
            ["broker_connection_retry_on_startup"] = true,
            ["broker_heartbeat"] = 60L,
            ["broker_transport_options"] = transport == "redis"
                ? new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["visibility_timeout"] = TaskHeaders.Seconds(settings.VisibilityTimeout.TotalSeconds), ["global_keyprefix"] = settings.RedisKeyPrefix,
                }
                : new Dictionary<string, object?>(),
            ["broker_native_delayed_delivery_queue_type"] = "quorum",
            ["control_exchange"] = "celery",
            ["control_queue_expires"] = 10.0,
            ["control_queue_ttl"] = 300.0,
            ["event_exchange"] = "celeryev",
            ["event_serializer"] = "json",
            ["result_expires"] = (long)settings.ResultExpires.TotalSeconds,
            ["result_extended"] = settings.ResultExtended,
            ["result_serializer"] = "json",
            ["task_acks_late"] = settings.AcksLate,
            ["task_acks_on_failure_or_timeout"] = true,
            ["task_always_eager"] = false,
            ["task_compression"] = settings.Compression,
            ["task_create_missing_queues"] = true,
            ["task_default_delivery_mode"] = 2L,
            ["task_default_exchange_type"] = "direct",
            ["task_default_queue"] = settings.DefaultQueue,
            ["task_ignore_result"] = settings.IgnoreResult,
            ["task_protocol"] = 2L,
            ["task_queues"] = settings.Queues.Count == 0 ? null : settings.Queues.Keys.Select(object? (q) => q).ToList(),
            ["task_reject_on_worker_lost"] = settings.RejectOnWorkerLost,
            ["task_send_sent_event"] = settings.SendSentEvent,
            ["task_serializer"] = settings.Serializer,
            ["task_soft_time_limit"] = TaskHeaders.Seconds((options.SoftTimeLimit ?? settings.SoftTimeLimit)?.TotalSeconds),
            ["task_store_errors_even_if_ignored"] = settings.StoreErrorsEvenIfIgnored,
            ["task_time_limit"] = TaskHeaders.Seconds((options.TimeLimit ?? settings.TimeLimit)?.TotalSeconds),
            ["task_track_started"] = settings.TrackStarted,
            ["worker_concurrency"] = (long)options.Concurrency,
            ["worker_detect_quorum_queues"] = true,
            ["worker_disable_rate_limits"] = false,
            ["worker_enable_remote_control"] = options.RemoteControl,
            ["worker_eta_task_limit"] = (long)options.EtaLimit,
            ["worker_hijack_root_logger"] = false,
            ["worker_log_color"] = false,
            ["worker_max_memory_per_child"] = options.MaxMemoryPerChild is { } most ? most / 1024 : null,
            ["worker_max_tasks_per_child"] = (long?)options.MaxTasksPerChild,
            ["worker_pool"] = inProcesses ? "prefork" : "threads",
            ["worker_pool_restarts"] = inProcesses,
            ["worker_prefetch_multiplier"] = (long)options.PrefetchMultiplier,
            ["worker_send_task_events"] = options.TaskEvents,
            ["worker_soft_shutdown_timeout"] = options.SoftShutdownTimeout.TotalSeconds,
            ["deprecated_settings"] = null,
        };
    }
}
