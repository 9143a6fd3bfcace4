using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>Declares exchanges and queues as Celery does: a durable direct exchange and a durable queue of the same name, bound by it.</summary>
internal sealed class RabbitMqTopology(CelerySettings settings, ILogger logger)
{
    internal async Task DeclareQueueAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        var options = settings.QueueOptions(queue);
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (options.MaxPriority is { } priority) arguments["x-max-priority"] = (int)priority;
        if (options.Quorum) arguments["x-queue-type"] = "quorum";
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.ExchangeDeclareAsync(options.Exchange ?? queue, options.ExchangeType, durable: true, autoDelete: false, cancellationToken: cancellationToken);
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
            await channel.QueueBindAsync(queue, options.Exchange ?? queue, options.RoutingKey ?? queue, cancellationToken: cancellationToken);
            if (RabbitMqDelays.Serves(options)) await RabbitMqDelays.DeclareAsync(channel, queue, options, cancellationToken);
        }
        // 406: it exists with other arguments. Whoever made it knows better; only a missing queue is an error.
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 406)
        {
            BrokerLog.QueueDiffers(logger, queue, e.ShutdownReason.ReplyText);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
        }
    }

    /// <summary>Publishes to a queue of Braid's own beside a task queue.</summary>
    internal static async Task PublishAsideAsync(RabbitMqBroker broker, string queue, Dictionary<string, object?> headers, MessageProperties properties,
        ReadOnlyMemory<byte> body, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        await broker.DeclareAsideAsync(queue, arguments, cancellationToken);
        await broker.PublishAsync(new OutgoingMessage { Exchange = "", RoutingKey = queue, Headers = headers, Properties = properties, Body = body }, cancellationToken);
    }

    internal static Task DeclareExchangeAsync(IChannel channel, string exchange, CancellationToken cancellationToken) => exchange switch
    {
        "celery.pidbox" => channel.ExchangeDeclareAsync(exchange, "fanout", durable: false, autoDelete: false, cancellationToken: cancellationToken),
        "reply.celery.pidbox" => channel.ExchangeDeclareAsync(exchange, "direct", durable: false, autoDelete: false, cancellationToken: cancellationToken),
        _ => channel.ExchangeDeclareAsync(exchange, "topic", durable: true, autoDelete: false, cancellationToken: cancellationToken),
    };
}
