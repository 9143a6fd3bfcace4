using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>RabbitMQ, or another broker of AMQP 0-9-1.</summary>
internal sealed class RabbitMqBroker : IBroker
{
    private readonly string _url;
    private readonly RabbitMqConnection _publishing;
    private readonly RabbitMqPublisher _confirmed;
    private readonly RabbitMqPublisher _unconfirmed;
    private readonly ILogger _logger;

    internal RabbitMqBroker(string url, CelerySettings settings, TimeProvider time, ILogger logger)
    {
        _url = url;
        Settings = settings;
        Time = time;
        _logger = logger;
        Topology = new RabbitMqTopology(settings, logger);
        _publishing = NewConnection("publisher");
        _confirmed = new RabbitMqPublisher(_publishing, Topology, settings, time, confirms: true);
        _unconfirmed = new RabbitMqPublisher(_publishing, Topology, settings, time, confirms: false);
    }

    internal CelerySettings Settings { get; }
    internal TimeProvider Time { get; }
    internal RabbitMqTopology Topology { get; }

    public string Transport => "amqp";
    public string Address => CeleryUrl.Redact(_url);

    internal static bool Serves(string url) =>
        url.StartsWith("amqp://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("amqps://", StringComparison.OrdinalIgnoreCase)
        || url.StartsWith("pyamqp://", StringComparison.OrdinalIgnoreCase);

    internal RabbitMqConnection NewConnection(string role) => new(_url, "braid-celery-" + role, Time);

    public Task ConnectAsync(CancellationToken cancellationToken) => _publishing.GetAsync(1, cancellationToken);

    public Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        (message.Confirm ? _confirmed : _unconfirmed).PublishAsync(message, cancellationToken);

    internal async Task DeclareAsideAsync(string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        await using var channel = await (await _publishing.GetAsync(Settings.PublishAttempts, cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
    }

    public async Task<ITaskConsumer> ConsumeAsync(TaskConsumerOptions options, Action<Delivery> onDelivery, CancellationToken cancellationToken)
    {
        var consumer = new RabbitMqTaskConsumer(this, options, onDelivery, _logger);
        await consumer.StartAsync(cancellationToken);
        return consumer;
    }

    public async Task<IAsyncDisposable> SubscribeAsync(Subscription subscription, Action<SubscriptionMessage> onMessage, CancellationToken cancellationToken)
    {
        var subscriber = new Subscriber(NewConnection("subscriber"), subscription, onMessage, Time, _logger, Address);
        await subscriber.StartAsync(cancellationToken);
        return subscriber;
    }

    public async Task<long> PurgeAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await (await _publishing.GetAsync(1, cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);
        try { return await channel.QueuePurgeAsync(queue, cancellationToken); }
        // 404: a queue that nobody has made holds nothing.
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404) { return 0; }
    }

    public async Task<long> CountAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await (await _publishing.GetAsync(1, cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);
        return await channel.MessageCountAsync(queue, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _confirmed.DisposeAsync();
        await _unconfirmed.DisposeAsync();
        await _publishing.DisposeAsync();
    }

    /// <summary>A temporary queue, declared and consumed again after every loss.</summary>
    private sealed class Subscriber(RabbitMqConnection connection, Subscription subscription, Action<SubscriptionMessage> onMessage, TimeProvider time, ILogger logger, string address) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _running = Task.CompletedTask;

        internal async Task StartAsync(CancellationToken cancellationToken)
        {
            var channel = await OpenAsync(cancellationToken);
            _running = Task.Run(() => KeepAsync(channel), CancellationToken.None);
        }

        private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
        {
            var open = await connection.GetAsync(1, cancellationToken);
            var channel = await open.CreateChannelAsync(cancellationToken: cancellationToken);
            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["x-expires"] = (int)subscription.QueueExpires.TotalMilliseconds,
                ["x-message-ttl"] = (int)subscription.MessageTtl.TotalMilliseconds,
            };
            if (subscription.Exchange.Length > 0)
                await channel.ExchangeDeclareAsync(subscription.Exchange, subscription.ExchangeType, subscription.ExchangeDurable, autoDelete: false, cancellationToken: cancellationToken);
            await channel.QueueDeclareAsync(subscription.Queue, durable: false, exclusive: false, autoDelete: true, arguments, cancellationToken: cancellationToken);
            if (subscription.Exchange.Length > 0)
                await channel.QueueBindAsync(subscription.Queue, subscription.Exchange, subscription.RoutingKey, cancellationToken: cancellationToken);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, e) =>
            {
                onMessage(new(e.Body.ToArray(), AmqpTable.Read(e.BasicProperties.Headers), RabbitMqTaskConsumer.Properties(e.BasicProperties)));
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(subscription.Queue, autoAck: true, consumer, cancellationToken);
            return channel;
        }

        private async Task KeepAsync(IChannel channel)
        {
            var backoff = new Backoff();
            while (true)
            {
                var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                channel.ChannelShutdownAsync += (_, _) =>
                {
                    closed.TrySetResult();
                    return Task.CompletedTask;
                };
                if (!channel.IsOpen) closed.TrySetResult();
                try { await closed.Task.WaitAsync(_stop.Token); }
                catch (OperationCanceledException) { return; }
                finally { await channel.DisposeAsync(); }
                while (true)
                {
                    try
                    {
                        await backoff.WaitAsync(time, _stop.Token);
                        channel = await OpenAsync(_stop.Token);
                        backoff.Reset();
                        break;
                    }
                    catch (OperationCanceledException) when (_stop.IsCancellationRequested) { return; }
                    catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or IOException or OperationCanceledException)
                    {
                        BrokerLog.ConsumerInterrupted(logger, address, e.Message);
                    }
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            await connection.DisposeAsync();
            _stop.Dispose();
        }
    }
}
