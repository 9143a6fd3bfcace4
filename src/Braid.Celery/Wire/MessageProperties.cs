namespace Braid.Celery.Wire;

/// <summary>The AMQP basic properties that Celery sets; on Redis they stand in the envelope.</summary>
internal sealed record MessageProperties
{
    public string? ContentType { get; init; } = "application/json";
    public string? ContentEncoding { get; init; } = "utf-8";
    public string? CorrelationId { get; init; }
    public string? ReplyTo { get; init; }

    /// <summary>2 is persistent, 1 is not.</summary>
    public byte DeliveryMode { get; init; } = 2;

    public byte? Priority { get; init; }

    /// <summary>Milliseconds to live, as text: AMQP's own form.</summary>
    public string? Expiration { get; init; }

    public string? AppId { get; init; }

    internal Dictionary<string, object?> ToTable()
    {
        var table = new Dictionary<string, object?>(StringComparer.Ordinal) { ["delivery_mode"] = (long)DeliveryMode };
        Add("content_type", ContentType);
        Add("content_encoding", ContentEncoding);
        Add("correlation_id", CorrelationId);
        Add("reply_to", ReplyTo);
        Add("priority", (long?)Priority);
        Add("expiration", Expiration);
        Add("app_id", AppId);
        return table;

        void Add(string name, object? value)
        {
            if (value is not null) table[name] = value;
        }
    }
}
