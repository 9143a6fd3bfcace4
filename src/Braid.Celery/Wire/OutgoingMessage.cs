namespace Braid.Celery.Wire;

/// <summary>A message on its way to a broker: a task, a result, an event or a control command.</summary>
internal sealed record OutgoingMessage
{
    /// <summary>"" is AMQP's default exchange: the routing key is the queue's name.</summary>
    public required string Exchange { get; init; }
    public required string RoutingKey { get; init; }
    public required MessageProperties Properties { get; init; }

    /// <summary>A task's headers; null for other kinds of message, whose headers are <see cref="Headers"/>.</summary>
    public TaskHeaders? Task { get; init; }
    public Dictionary<string, object?>? Headers { get; init; }
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether sending it is done when the broker has it on disk; else when it is on its way. Redis knows the former only.</summary>
    public bool Confirm { get; init; } = true;

    internal Dictionary<string, object?> HeaderTable() => Task?.ToTable() ?? Headers ?? [];
}
