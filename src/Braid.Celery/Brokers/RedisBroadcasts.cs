using System.Collections.Concurrent;
using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Brokers;

/// <summary>
/// The task queues of a worker that are bound to fanout exchanges: each is a subscription of the exchange's channel, whatever the routing key.
/// Redis keeps nothing of what is published: a worker that is away misses it, as Celery's do.
/// </summary>
internal sealed class RedisBroadcasts(RedisBroker broker, RedisTaskConsumer consumer, Action<Delivery> onDelivery) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RedisSubscriber> _subscribers = new(StringComparer.Ordinal);

    internal async Task AddAsync(string queue, CancellationToken cancellationToken)
    {
        var exchange = broker.Settings.QueueOptions(queue).Exchange ?? queue;
        var subscriber = new RedisSubscriber(broker.Endpoint, "braid-celery-broadcasts", broker.Time, (_, raw) => onDelivery(RedisBroadcast.Read(consumer, queue, raw)));
        if (_subscribers.TryAdd(queue, subscriber))
        {
            var channel = broker.Keys.Broadcast(exchange, "");
            await Task.WhenAll(subscriber.SubscribeAsync(channel), subscriber.SubscribeAsync(channel + "/*")).WaitAsync(cancellationToken);
        }
        else await subscriber.DisposeAsync();
    }

    internal async Task RemoveAsync(string queue)
    {
        if (_subscribers.TryRemove(queue, out var subscriber)) await subscriber.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _subscribers.Keys) await RemoveAsync(queue);
    }
}

/// <summary>A message of a fanout exchange. Redis does not know that it was taken, so it cannot go back.</summary>
internal sealed class RedisBroadcast(RedisTaskConsumer consumer, byte[] raw) : Delivery
{
    internal static RedisBroadcast Read(RedisTaskConsumer consumer, string queue, byte[] raw)
    {
        try
        {
            var envelope = RedisEnvelope.Read(raw);
            return new RedisBroadcast(consumer, raw)
            {
                Queue = queue,
                Exchange = envelope.Exchange,
                RoutingKey = envelope.RoutingKey,
                Properties = envelope.Properties,
                Headers = envelope.Headers,
                Body = envelope.Body,
            };
        }
        catch (PoisonMessageException e) { return new RedisBroadcast(consumer, raw) { Queue = queue, Malformed = e.Message }; }
    }

    internal override void Ack() => TrySettle();

    internal override void Requeue() => TrySettle();

    internal override Task DeadLetterAsync(string reason, CancellationToken cancellationToken) =>
        TrySettle() ? consumer.BuryAsync(Guid.NewGuid().ToString(), Queue, raw, reason, cancellationToken) : Task.CompletedTask;

    internal override Task ParkAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        DeadLetterAsync("It must wait, the worker holds as many waiting tasks as it may, and a broadcast cannot go back to its broker.", cancellationToken);

    internal override void Release()
    {
    }
}
