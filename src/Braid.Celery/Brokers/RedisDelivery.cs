using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Brokers;

/// <summary>A message of a Redis list, recorded in <c>unacked</c> until it is settled.</summary>
internal sealed class RedisDelivery(RedisTaskConsumer consumer, string tag, byte[] raw) : Delivery
{
    /// <summary>A header of Braid's own: how often a message was restored after its worker was lost.</summary>
    internal const string RedeliveriesHeader = "x-braid-redeliveries";

    private int _released;

    internal string Tag => tag;
    internal byte[] Raw => raw;

    internal static RedisDelivery Read(RedisTaskConsumer consumer, string queue, string tag, byte[] raw)
    {
        try
        {
            var envelope = RedisEnvelope.Read(raw);
            return new RedisDelivery(consumer, tag, raw)
            {
                Queue = queue,
                Exchange = envelope.Exchange,
                RoutingKey = envelope.RoutingKey,
                Redelivered = envelope.Redelivered || envelope.Headers.Flag("redelivered"),
                Redeliveries = (long)(envelope.Headers.Number(RedeliveriesHeader) ?? 0),
                Properties = envelope.Properties,
                Headers = envelope.Headers,
                Body = envelope.Body,
            };
        }
        catch (PoisonMessageException e) { return new RedisDelivery(consumer, tag, raw) { Queue = queue, Malformed = e.Message }; }
    }

    internal override void Ack()
    {
        if (TrySettle()) consumer.Acknowledge(tag);
    }

    internal override void Requeue()
    {
        if (TrySettle()) consumer.Requeue(this);
    }

    internal override async Task DeadLetterAsync(string reason, CancellationToken cancellationToken)
    {
        if (!TrySettle()) return;
        await consumer.BuryAsync(this, reason, cancellationToken);
    }

    internal override async Task ParkAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (!TrySettle()) return;
        await consumer.ParkAsync(this, until, cancellationToken);
        Release();
    }

    internal override void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0) consumer.FreeOne();
    }

    /// <summary>The envelope as kombu restores it: marked as redelivered, here also counted.</summary>
    internal static byte[] MarkRedelivered(byte[] raw)
    {
        Dictionary<string, object?> envelope;
        try { envelope = RedisEnvelope.Parse(raw); }
        // It goes back as it is: whoever takes it next buries it.
        catch (PoisonMessageException) { return raw; }
        if (envelope.Map("headers") is not { } headers || envelope.Map("properties") is not { } properties) return raw;
        headers["redelivered"] = true;
        headers[RedeliveriesHeader] = (long)(headers.Number(RedeliveriesHeader) ?? 0) + 1;
        if (properties.Map("delivery_info") is not { } info) properties["delivery_info"] = info = new(StringComparer.Ordinal);
        info["redelivered"] = true;
        return PlainValue.ToJson(envelope, CeleryJson.Plain);
    }
}
