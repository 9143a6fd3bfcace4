namespace Braid.Celery;

/// <summary>How a task behaves. What is not set comes from the app's <see cref="CelerySettings"/>.</summary>
public sealed record CeleryTaskOptions
{
    /// <summary>How often it may run again after its first failure. Default: 3. Null: without limit.</summary>
    public int? MaxRetries { get; init; } = 3;

    /// <summary>The pause before a retry that does not name one. Default: 3 minutes.</summary>
    public TimeSpan DefaultRetryDelay { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary><c>autoretry_for</c>: exceptions of these types (or derived ones) cause a retry.</summary>
    public IReadOnlyList<Type> AutoRetryFor { get; init; } = [];

    /// <summary><c>dont_autoretry_for</c>: exceptions that do not, although <see cref="AutoRetryFor"/> holds them.</summary>
    public IReadOnlyList<Type> DoNotAutoRetryFor { get; init; } = [];

    /// <summary><c>retry_backoff</c>: the first pause of automatic retries; each next one is twice as long. Default: no growth, <see cref="DefaultRetryDelay"/>.</summary>
    public TimeSpan? RetryBackoff { get; init; }

    /// <summary><c>retry_backoff_max</c>. Default: 10 minutes.</summary>
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary><c>retry_jitter</c>: each pause of a back-off is a random part of the full one. Default: true.</summary>
    public bool RetryJitter { get; init; } = true;

    /// <summary><c>rate_limit</c>: "10/s", "100/m", "5/h", or a number a second. A limit a worker, not a cluster. Default: none.</summary>
    public string? RateLimit { get; init; }

    /// <summary><c>ignore_result</c>.</summary>
    public bool? IgnoreResult { get; init; }

    /// <summary><c>acks_late</c>.</summary>
    public bool? AcksLate { get; init; }

    /// <summary><c>acks_on_failure_or_timeout</c>: with late acknowledgement, a failed task is done too. Default: true.</summary>
    public bool AcksOnFailureOrTimeout { get; init; } = true;

    /// <summary>
    /// <c>reject_on_worker_lost</c>: with late acknowledgement, a task whose worker process died goes back to its queue and runs again; else it has
    /// failed with WorkerLostError.
    /// </summary>
    public bool? RejectOnWorkerLost { get; init; }

    /// <summary><c>track_started</c>.</summary>
    public bool? TrackStarted { get; init; }

    /// <summary><c>time_limit</c>.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary><c>soft_time_limit</c>.</summary>
    public TimeSpan? SoftTimeLimit { get; init; }

    /// <summary>The queue that the task is sent to.</summary>
    public string? Queue { get; init; }

    /// <summary>The default priority, 0 to 9.</summary>
    public byte? Priority { get; init; }

    /// <summary><c>expires</c>: how long the task may wait.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>"json" or "msgpack".</summary>
    public string? Serializer { get; init; }
}

/// <summary>A parameter that is taken from the host's services in place of the message.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ServiceAttribute : Attribute;

/// <summary>A method that <see cref="CeleryApp.TasksOf{T}"/> registers as a task.</summary>
/// <param name="name">The task's name. Default: the class's full name and the method's, in snake case.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CeleryTaskAttribute(string? name = null) : Attribute
{
    /// <summary>The task's name, if it was given.</summary>
    public string? Name { get; } = name;
}
