using Braid.Celery.Wire;

namespace Braid.Celery.Brokers;

/// <summary>A message of a RabbitMQ queue.</summary>
internal sealed class RabbitMqDelivery(RabbitMqTaskConsumer consumer, RabbitMqTaskConsumer.Session session, ulong tag) : Delivery
{
    /// <summary>A header of Braid's own on dead-lettered messages.</summary>
    internal const string DeadReasonHeader = "x-braid-dead-reason";

    internal override void Ack()
    {
        if (TrySettle()) session.Ack(tag);
    }

    internal override void Requeue()
    {
        if (TrySettle()) session.Requeue(tag);
    }

    internal override async Task DeadLetterAsync(string reason, CancellationToken cancellationToken)
    {
        if (!TrySettle()) return;
        var headers = new Dictionary<string, object?>(Headers, StringComparer.Ordinal) { [DeadReasonHeader] = reason };
        await RabbitMqTopology.PublishAsideAsync(consumer.Broker, Queue + ".dead", headers, Properties with { Expiration = null }, Body,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-max-length"] = (long)consumer.Broker.Settings.DeadLetterLimit }, cancellationToken);
        session.Ack(tag);
    }

    /// <summary>
    /// Into a queue whose messages come back by themselves after the largest power of two seconds that fits; what is then still early is
    /// parked again.
    /// </summary>
    internal override async Task ParkAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (!TrySettle()) return;
        var seconds = Math.Clamp((until - consumer.Broker.Time.GetUtcNow()).TotalSeconds, 1, 1 << 20);
        var bucket = 1L << (int)Math.Floor(Math.Log2(seconds));
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["x-message-ttl"] = bucket * 1000,
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = Queue,
            ["x-expires"] = bucket * 2000 + 60_000,
        };
        await RabbitMqTopology.PublishAsideAsync(consumer.Broker, $"{Queue}.parked.{bucket}", Headers, Properties, Body, arguments, cancellationToken);
        session.Ack(tag);
    }

    /// <summary>RabbitMQ itself counts what is not acknowledged.</summary>
    internal override void Release()
    {
    }
}
