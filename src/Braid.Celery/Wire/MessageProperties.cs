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
}
