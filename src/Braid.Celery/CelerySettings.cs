using System.Collections.Concurrent;

namespace Braid.Celery;

/// <summary>Settings of an app. Each names the setting of Celery that it stands for; the defaults are Celery's unless it says otherwise.</summary>
public sealed record CelerySettings
{
    /// <summary><c>task_default_queue</c>.</summary>
    public string DefaultQueue { get; init; } = "celery";

    /// <summary>How dates, decimals, UUIDs and bytes are written. Celery up to 5.2 needs <see cref="JsonDialect.Plain"/>.</summary>
    public JsonDialect JsonDialect { get; init; } = JsonDialect.Typed;

    /// <summary><c>task_serializer</c>: "json" or "msgpack".</summary>
    public string Serializer { get; init; } = "json";

    /// <summary><c>task_compression</c>: null, "zlib" or "bzip2".</summary>
    public string? Compression { get; init; }

    /// <summary><c>task_track_started</c>: the state STARTED is stored.</summary>
    public bool TrackStarted { get; init; }

    /// <summary><c>result_extended</c>: results also tell name, arguments, worker, retries and queue.</summary>
    public bool ResultExtended { get; init; }

    /// <summary><c>result_expires</c>. Default: 1 day. Zero: never.</summary>
    public TimeSpan ResultExpires { get; init; } = TimeSpan.FromDays(1);

    /// <summary><c>task_ignore_result</c>.</summary>
    public bool IgnoreResult { get; init; }

    /// <summary><c>task_acks_late</c>: acknowledge after the task, not before, so that a lost worker's task runs again.</summary>
    public bool AcksLate { get; init; }

    /// <summary>
    /// <c>worker_deduplicate_successful_tasks</c>: a message that was delivered before, of a task that is acknowledged late and whose success is
    /// stored, is not run again. Costs a question to the result backend a redelivered message.
    /// </summary>
    public bool DeduplicateSuccessfulTasks { get; init; }

    /// <summary><c>task_inherit_parent_priority</c>: what a task sends has the task's own priority, unless it names another.</summary>
    public bool InheritParentPriority { get; init; }

    /// <summary><c>task_reject_on_worker_lost</c>; see <see cref="CeleryTaskOptions.RejectOnWorkerLost"/>.</summary>
    public bool RejectOnWorkerLost { get; init; }

    /// <summary><c>task_store_errors_even_if_ignored</c>.</summary>
    public bool StoreErrorsEvenIfIgnored { get; init; }

    /// <summary><c>task_send_sent_event</c>: a <c>task-sent</c> event for every task sent.</summary>
    public bool SendSentEvent { get; init; }

    /// <summary><c>task_time_limit</c>. Default: none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary><c>task_soft_time_limit</c>. Default: none.</summary>
    public TimeSpan? SoftTimeLimit { get; init; }

    /// <summary><c>broker_transport_options["visibility_timeout"]</c>: on Redis, what is not renewed for this long is given to another worker.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary><c>broker_transport_options["global_keyprefix"]</c>, for broker and backend on Redis.</summary>
    public string RedisKeyPrefix { get; init; } = "";

    /// <summary>
    /// <c>broker_transport_options["confirm_publish"]</c>: on RabbitMQ, sending a task waits until RabbitMQ has it on disk. Celery's default is
    /// false: what RabbitMQ had not read when the connection was lost is then lost too, and nobody is told. What a running task, its
    /// worker or a beat sends is always confirmed.
    /// </summary>
    public bool ConfirmPublish { get; init; } = true;

    /// <summary>How often a message is tried to be sent when the broker is away, with growing pauses. Default: 5, which is about a second.</summary>
    public int PublishAttempts { get; init; } = 5;

    /// <summary>How many dead-lettered messages a queue keeps; older ones are dropped. Default: 10,000.</summary>
    public int DeadLetterLimit { get; init; } = 10_000;

    /// <summary>How often a message may come back from lost workers before it counts as the cause and is dead-lettered. Default: 50.</summary>
    public int MaxRedeliveries { get; init; } = 50;

    /// <summary><c>task_queues</c>: queues that are not plain, by name.</summary>
    public IReadOnlyDictionary<string, QueueOptions> Queues { get; init; } = new Dictionary<string, QueueOptions>();

    /// <summary>Queues that a control command described while a worker runs; they come before <see cref="Queues"/>.</summary>
    internal ConcurrentDictionary<string, QueueOptions> AddedQueues { get; } = new(StringComparer.Ordinal);

    internal QueueOptions QueueOptions(string queue) =>
        AddedQueues.TryGetValue(queue, out var added) ? added : Queues.TryGetValue(queue, out var options) ? options : Celery.QueueOptions.Plain;

    /// <summary>Whether an exchange gives each message to all its queues.</summary>
    internal bool IsFanout(string exchange) => Queues.Any(q => q.Value.ExchangeType == "fanout" && (q.Value.Exchange ?? q.Key) == exchange);

    /// <summary>Where a call that names a queue sends to: a queue of a fanout exchange stands for all queues of it, as Celery's Broadcast does.</summary>
    internal (string Exchange, string RoutingKey) AddressOf(string queue) =>
        QueueOptions(queue) is { ExchangeType: "fanout" } fanout ? (fanout.Exchange ?? queue, fanout.RoutingKey ?? DefaultQueue) : ("", queue);

    /// <summary>The queue that a message is meant for, or one of those that its exchange leads to; null for an exchange that no queue here names.</summary>
    internal string? QueueOf(string exchange, string routingKey) =>
        exchange.Length == 0 ? routingKey : Queues.FirstOrDefault(q => (q.Value.Exchange ?? q.Key) == exchange).Key;
}

/// <summary>A queue that is more than a name.</summary>
public sealed record QueueOptions
{
    internal static readonly QueueOptions Plain = new();

    /// <summary>The exchange that it is bound to. Default: one of the queue's own name.</summary>
    public string? Exchange { get; init; }

    /// <summary>
    /// "direct" (default), "topic" or "fanout": each queue of the exchange gets each task, as with Celery's Broadcast. On Redis a worker that is away
    /// misses it, and the worker's prefetch does not count it.
    /// </summary>
    public string ExchangeType { get; init; } = "direct";

    /// <summary>The key of its binding. Default: the queue's name; of a fanout exchange the default queue's, as in Celery.</summary>
    public string? RoutingKey { get; init; }

    /// <summary>RabbitMQ's <c>x-max-priority</c>. Default: no priorities.</summary>
    public byte? MaxPriority { get; init; }

    /// <summary>
    /// A RabbitMQ quorum queue. Tasks with an ETA for one on a topic or fanout exchange wait in RabbitMQ itself (Celery's native delayed
    /// delivery, RabbitMQ 3.10 or later); those for one on a direct exchange wait in the worker, as Celery's do.
    /// </summary>
    public bool Quorum { get; init; }
}
