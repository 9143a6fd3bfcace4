using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Brokers;

/// <summary>Redis as kombu uses it: lists as queues, channels as fanout exchanges, a set of bindings an exchange.</summary>
internal sealed class RedisBroker : IBroker
{
    private readonly RedisClient _publisher;
    private readonly ILogger _logger;

    internal RedisBroker(RedisEndpoint endpoint, CelerySettings settings, TimeProvider time, ILogger logger)
    {
        Endpoint = endpoint;
        Settings = settings;
        Time = time;
        _logger = logger;
        Keys = new RedisKeys(settings.RedisKeyPrefix, endpoint.Database);
        _publisher = NewClient("publisher");
    }

    internal RedisEndpoint Endpoint { get; }
    internal CelerySettings Settings { get; }
    internal TimeProvider Time { get; }
    internal RedisKeys Keys { get; }

    public string Transport => "redis";
    public string Address => Endpoint.ToString();

    internal RedisClient NewClient(string role) => new(Endpoint, "braid-celery-" + role, Time);

    internal double Now() => PythonTime.ToEpoch(Time.GetUtcNow());

    public Task ConnectAsync(CancellationToken cancellationToken) => _publisher.ExecuteAsync(new RedisCommand("PING"), 1, cancellationToken);

    public async Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var envelope = RedisEnvelope.Write(message, Guid.NewGuid().ToString(), CeleryJson.Plain);
        var attempts = Settings.PublishAttempts;
        switch (message.Exchange)
        {
            case "celery.pidbox" or "celeryev":
                await _publisher.ExecuteAsync(new RedisCommand("PUBLISH", Keys.Channel(message.Exchange, message.RoutingKey), envelope), attempts, cancellationToken);
                return;
            case "":
                await _publisher.ExecuteAsync(new RedisCommand("LPUSH", Keys.Queue(message.RoutingKey, message.Properties.Priority ?? 0), envelope), attempts, cancellationToken);
                return;
        }
        if (message.Task is not null && Settings.IsFanout(message.Exchange))
        {
            await _publisher.ExecuteAsync(new RedisCommand("PUBLISH", Keys.Broadcast(message.Exchange, message.RoutingKey), envelope), attempts, cancellationToken);
            return;
        }
        var members = await _publisher.ExecuteAsync(new RedisCommand("SMEMBERS", Keys.Binding(message.Exchange)), attempts, cancellationToken);
        var push = new RedisCommand();
        foreach (var queue in RedisKeys.Match(members.Items ?? [], message.RoutingKey))
            push.Add("LPUSH", Keys.Queue(queue, message.Properties.Priority ?? 0), envelope);
        if (push.Count > 0) await _publisher.ExecuteAsync(push, attempts, cancellationToken);
    }

    public async Task<ITaskConsumer> ConsumeAsync(TaskConsumerOptions options, Action<Delivery> onDelivery, CancellationToken cancellationToken)
    {
        var consumer = new RedisTaskConsumer(this, NewClient("consumer"), options, onDelivery, _logger);
        await consumer.StartAsync(cancellationToken);
        return consumer;
    }

    public async Task<IAsyncDisposable> SubscribeAsync(Subscription subscription, Action<SubscriptionMessage> onMessage, CancellationToken cancellationToken)
    {
        if (subscription.ExchangeType is "fanout" or "topic")
        {
            var subscriber = new RedisSubscriber(Endpoint, "braid-celery-subscriber", Time, (_, body) => Hand(body));
            await subscriber.SubscribeAsync(Keys.Channel(subscription.Exchange, subscription.RoutingKey.Replace('#', '*'))).WaitAsync(cancellationToken);
            return subscriber;
        }
        await _publisher.ExecuteAsync(new RedisCommand("SADD", Keys.Binding(subscription.Exchange), RedisKeys.BindingMember(subscription.RoutingKey, subscription.Queue)), Settings.PublishAttempts, cancellationToken);
        return new ListReader(this, subscription, Hand);

        void Hand(byte[] json)
        {
            RedisEnvelope envelope;
            try { envelope = RedisEnvelope.Read(json); }
            // Somebody else's message on a shared channel: nobody waits for it here.
            catch (PoisonMessageException) { return; }
            onMessage(new(envelope.Body, envelope.Headers, envelope.Properties));
        }
    }

    public async Task<long> PurgeAsync(string queue, CancellationToken cancellationToken)
    {
        var command = new RedisCommand();
        foreach (var list in Keys.Lists(queue)) command.Add("LLEN", list).Add("DEL", list);
        var replies = await _publisher.ExecuteAllAsync(command, 1, cancellationToken);
        return replies.Where((_, i) => i % 2 == 0).Sum(r => r.AsInteger());
    }

    public async Task<long> CountAsync(string queue, CancellationToken cancellationToken)
    {
        var command = new RedisCommand();
        foreach (var list in Keys.Lists(queue)) command.Add("LLEN", list);
        return (await _publisher.ExecuteAllAsync(command, 1, cancellationToken)).Sum(r => r.AsInteger());
    }

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    /// <summary>Reads replies from this process's own list. A reply that is lost with the connection is one that came too late.</summary>
    private sealed class ListReader : IAsyncDisposable
    {
        private readonly RedisBroker _broker;
        private readonly Subscription _subscription;
        private readonly CancellationTokenSource _stop = new();
        private readonly RedisClient _client;
        private readonly Task _reading;

        internal ListReader(RedisBroker broker, Subscription subscription, Action<byte[]> onMessage)
        {
            _broker = broker;
            _subscription = subscription;
            _client = broker.NewClient("replies");
            _reading = Task.Run(() => ReadAsync(onMessage));
        }

        private async Task ReadAsync(Action<byte[]> onMessage)
        {
            var backoff = new Backoff();
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    var reply = await _client.ExecuteAsync(new RedisCommand("BRPOP", _broker.Keys.Queue(_subscription.Queue), "5"), 1, _stop.Token);
                    backoff.Reset();
                    if (reply.Items is { Length: 2 } pair) onMessage(pair[1].Bytes!);
                }
                catch (OperationCanceledException) { return; }
                catch (Exception e) when (e is RedisConnectionException or RedisErrorException)
                {
                    try { await backoff.WaitAsync(_broker.Time, _stop.Token); }
                    catch (OperationCanceledException) { return; }
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading;
            await _client.DisposeAsync();
            var member = RedisKeys.BindingMember(_subscription.RoutingKey, _subscription.Queue);
            try
            {
                await _broker._publisher.ExecuteAsync(new RedisCommand().Add("SREM", _broker.Keys.Binding(_subscription.Exchange), member)
                    .Add("DEL", _broker.Keys.Queue(_subscription.Queue)));
            }
            catch (RedisConnectionException) { }
            _stop.Dispose();
        }
    }
}
