using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>How one task is sent: what Celery calls the options of <c>apply_async</c>. Everything is optional.</summary>
public sealed record SendOptions
{
    /// <summary>The task's id. Default: a new UUID.</summary>
    public string? TaskId { get; init; }

    /// <summary>The queue; wins over <see cref="CeleryApp.Route(string, string)"/>.</summary>
    public string? Queue { get; init; }

    /// <summary>An exchange in place of a queue; needs <see cref="RoutingKey"/>.</summary>
    public string? Exchange { get; init; }

    /// <summary>The routing key for <see cref="Exchange"/>.</summary>
    public string? RoutingKey { get; init; }

    /// <summary>Not before this time from now. At most about 24 days on RabbitMQ's native delayed delivery.</summary>
    public TimeSpan? Countdown { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? Eta { get; init; }

    /// <summary>Revoked when not started within this time from now.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Revoked when not started by this time.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>0 to 9 (RabbitMQ: up to the queue's <c>x-max-priority</c>). RabbitMQ serves the highest first, Redis the lowest.</summary>
    public byte? Priority { get; init; }

    /// <summary>The worker stops the task after this time: <c>TimeLimitExceeded</c>.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The task's token is cancelled after this time: <c>SoftTimeLimitExceeded</c>.</summary>
    public TimeSpan? SoftTimeLimit { get; init; }

    /// <summary>No result is stored.</summary>
    public bool? IgnoreResult { get; init; }

    /// <summary>"json" (default) or "msgpack".</summary>
    public string? Serializer { get; init; }

    /// <summary>"zlib", also called "gzip", or "bzip2".</summary>
    public string? Compression { get; init; }

    /// <summary>A name to show in place of the task's own.</summary>
    public string? Shadow { get; init; }

    /// <summary>False: the broker may lose the message when it restarts.</summary>
    public bool? Persistent { get; init; }

    /// <summary>Where an <c>rpc://</c> result goes. Default: this app's own reply queue.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>Your own headers, beside Celery's.</summary>
    public IReadOnlyDictionary<string, object?>? Headers { get; init; }

    /// <summary>Called with the result when the task succeeds.</summary>
    public IReadOnlyList<Signature>? Link { get; init; }

    /// <summary>Called when the task fails.</summary>
    public IReadOnlyList<Signature>? LinkError { get; init; }

    internal void CopyTo(Dictionary<string, object?> options)
    {
        Set("task_id", TaskId);
        Set("queue", Queue);
        Set("exchange", Exchange);
        Set("routing_key", RoutingKey);
        Set("countdown", Countdown is { } countdown ? TaskHeaders.Seconds(countdown.TotalSeconds) : null);
        Set("eta", Eta is { } eta ? PythonTime.Format(eta) : null);
        Set("expires", ExpiresAt is { } at ? PythonTime.Format(at) : ExpiresIn is { } after ? TaskHeaders.Seconds(after.TotalSeconds) : null);
        Set("priority", Priority is { } priority ? (long)priority : null);
        Set("time_limit", TaskHeaders.Seconds(TimeLimit?.TotalSeconds));
        Set("soft_time_limit", TaskHeaders.Seconds(SoftTimeLimit?.TotalSeconds));
        Set("ignore_result", IgnoreResult);
        Set("serializer", Serializer);
        Set("compression", Compression);
        Set("shadow", Shadow);
        Set("delivery_mode", Persistent is { } persistent ? persistent ? 2L : 1L : null);
        Set("reply_to", ReplyTo);
        Set("headers", Headers is null ? null : new Dictionary<string, object?>(Headers, StringComparer.Ordinal));
        Set("link", Link is null ? null : Link.Select(object? (s) => s.ToWire()).ToList());
        Set("link_error", LinkError is null ? null : LinkError.Select(object? (s) => s.ToWire()).ToList());

        void Set(string key, object? value)
        {
            if (value is not null) options[key] = value;
        }
    }
}
