using Braid.Celery.Wire;

namespace Braid.Celery.Brokers;

/// <summary>A message broker. Everything returned is safe to use from many threads; lost connections are made again inside.</summary>
internal interface IBroker : IAsyncDisposable
{
    /// <summary>"redis" or "amqp".</summary>
    string Transport { get; }

    /// <summary>The URL without its password.</summary>
    string Address { get; }

    /// <summary>Makes the connection, in one attempt; whatever else is called makes it too.</summary>
    Task ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Sends a message; completes when the broker has it.</summary>
    Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken);

    /// <summary>Starts taking task messages from queues.</summary>
    Task<ITaskConsumer> ConsumeAsync(TaskConsumerOptions options, Action<Delivery> onDelivery, CancellationToken cancellationToken);

    /// <summary>Receives what is sent to a temporary queue of this process that is bound to an exchange. A fanout exchange ignores the key.</summary>
    Task<IAsyncDisposable> SubscribeAsync(Subscription subscription, Action<SubscriptionMessage> onMessage, CancellationToken cancellationToken);

    /// <summary>Removes the messages that wait in a queue and returns their number.</summary>
    Task<long> PurgeAsync(string queue, CancellationToken cancellationToken);

    /// <summary>How many messages wait in a queue.</summary>
    Task<long> CountAsync(string queue, CancellationToken cancellationToken);
}

internal sealed record TaskConsumerOptions
{
    public required string NodeName { get; init; }
    public required IReadOnlyList<string> Queues { get; init; }

    /// <summary>The most messages that are taken and not yet settled.</summary>
    public required int Prefetch { get; init; }
}

/// <summary>Takes messages from queues until it is stopped.</summary>
internal interface ITaskConsumer : IAsyncDisposable
{
    IReadOnlyList<string> Queues { get; }
    int Prefetch { get; set; }

    Task AddQueueAsync(string queue, CancellationToken cancellationToken);
    Task CancelQueueAsync(string queue, CancellationToken cancellationToken);

    /// <summary>Takes no more messages; those taken can still be settled until it is disposed.</summary>
    Task StopAsync();

    /// <summary>
    /// Completes when what waited in the queues at the call has been taken, as far as the window allows; at once where the broker brings
    /// messages by itself. So an answer to a command knows of the tasks that were sent before it.
    /// </summary>
    Task CatchUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Completes when all acknowledgements made so far have reached the broker.</summary>
    Task FlushAsync(CancellationToken cancellationToken);
}

internal sealed record Subscription
{
    public required string Exchange { get; init; }
    public required string ExchangeType { get; init; }
    public bool ExchangeDurable { get; init; }
    public required string Queue { get; init; }
    public string RoutingKey { get; init; } = "";

    /// <summary>The queue vanishes this long after its last consumer.</summary>
    public TimeSpan QueueExpires { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan MessageTtl { get; init; } = TimeSpan.FromMinutes(5);
}

internal readonly record struct SubscriptionMessage(ReadOnlyMemory<byte> Body, Dictionary<string, object?> Headers, MessageProperties Properties);
