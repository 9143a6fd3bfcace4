using System.Globalization;
using Braid.Celery.Wire;
using RabbitMQ.Client;

namespace Braid.Celery.Brokers;

/// <summary>
/// RabbitMQ's own delay of messages for quorum queues, as Celery lays it out since 5.5: an exchange and a queue for each bit of the number of
/// seconds, whose messages live for that power of two and then go one bit down, to the queue where the bit is set and past it where it is not.
/// The routing key is the bits, highest first, before the task's own key.
/// </summary>
internal static class RabbitMqDelays
{
    /// <summary>28 bits are 8.5 years.</summary>
    private const int Bits = 28;

    private const string Delivery = "celery_delayed_delivery";

    private static string Level(int level) => $"celery_delayed_{level}";

    /// <summary>Only what is delivered through a topic or fanout exchange can be delayed: a direct exchange knows no key with bits before it.</summary>
    internal static bool Serves(QueueOptions queue) => queue is { Quorum: true, ExchangeType: not "direct" };

    /// <summary>
    /// The message on its way through the delay, when it has a time to wait for and goes to a queue that is delayed; else the message itself.
    /// The rest of a second is waited for by the worker.
    /// </summary>
    internal static OutgoingMessage Delayed(OutgoingMessage message, CelerySettings settings, TimeProvider time)
    {
        if (message.Task?.Eta is not { } eta || settings.QueueOf(message.Exchange, message.RoutingKey) is not { } name) return message;
        var queue = settings.QueueOptions(name);
        if (!Serves(queue)) return message;
        var seconds = (long)Math.Min((eta - time.GetUtcNow()).TotalSeconds, (1L << Bits) - 1);
        if (seconds < 1) return message;
        var key = message.Exchange.Length == 0 ? queue.RoutingKey ?? name : message.RoutingKey;
        return message with { Exchange = Level(Bits - 1), RoutingKey = RoutingKey(seconds, key) };
    }

    internal static string RoutingKey(long seconds, string key) =>
        string.Join('.', seconds.ToString("b28", CultureInfo.InvariantCulture).AsEnumerable()) + "." + key;

    /// <summary>Declares the exchanges and queues of all bits, and leads what has waited to a queue's own exchange.</summary>
    internal static async Task DeclareAsync(IChannel channel, string queue, QueueOptions options, CancellationToken cancellationToken)
    {
        for (var level = Bits - 1; level >= 0; level--)
        {
            await channel.ExchangeDeclareAsync(Level(level), "topic", durable: true, autoDelete: false, cancellationToken: cancellationToken);
            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["x-queue-type"] = "quorum",
                ["x-overflow"] = "reject-publish",
                ["x-message-ttl"] = (1L << level) * 1000,
                ["x-dead-letter-exchange"] = level > 0 ? Level(level - 1) : Delivery,
                ["x-dead-letter-strategy"] = "at-least-once",
            };
            await channel.QueueDeclareAsync(Level(level), durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
            await channel.QueueBindAsync(Level(level), Level(level), Key(level, "1"), cancellationToken: cancellationToken);
        }
        await channel.ExchangeDeclareAsync(Delivery, "topic", durable: true, autoDelete: false, cancellationToken: cancellationToken);
        for (var level = Bits - 1; level >= 0; level--)
            await channel.ExchangeBindAsync(level > 0 ? Level(level - 1) : Delivery, Level(level), Key(level, "0"), cancellationToken: cancellationToken);
        var exchange = options.Exchange ?? queue;
        var own = options.RoutingKey ?? queue;
        var key = own.StartsWith('#') ? own : "#." + own;
        await channel.ExchangeBindAsync(exchange, Delivery, key, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue, exchange, key, cancellationToken: cancellationToken);
    }

    /// <summary>The keys whose bit of this level is set, or is not.</summary>
    private static string Key(int level, string bit) => string.Concat(Enumerable.Repeat("*.", Bits - 1 - level)) + bit + ".#";
}
