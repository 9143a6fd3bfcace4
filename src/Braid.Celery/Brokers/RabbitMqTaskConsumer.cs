using System.Threading.Channels;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>
/// Takes messages from RabbitMQ. Each connection is one session: a settlement that belongs to a lost session is dropped, since RabbitMQ
/// has already given its message to somebody else. Acknowledgements that form a run are sent as one.
/// </summary>
internal sealed class RabbitMqTaskConsumer : ITaskConsumer
{
    private readonly RabbitMqBroker _broker;
    private readonly Action<Delivery> _onDelivery;
    private readonly ILogger _logger;
    private readonly RabbitMqConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly SemaphoreSlim _changing = new(1);
    private volatile string[] _queues;
    private volatile int _prefetch;
    private volatile Session? _session;
    private Task _running = Task.CompletedTask;

    internal RabbitMqTaskConsumer(RabbitMqBroker broker, TaskConsumerOptions options, Action<Delivery> onDelivery, ILogger logger)
    {
        _broker = broker;
        _onDelivery = onDelivery;
        _logger = logger;
        _queues = [.. options.Queues];
        _prefetch = options.Prefetch;
        _connection = broker.NewConnection("consumer");
    }

    internal RabbitMqBroker Broker => _broker;

    public IReadOnlyList<string> Queues => _queues;

    public int Prefetch
    {
        get => _prefetch;
        set
        {
            if (_prefetch == value) return;
            _prefetch = value;
            _session?.PostPrefetch(value);
        }
    }

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        _session = await OpenAsync(int.MaxValue, cancellationToken);
        _running = Task.Run(KeepAsync, CancellationToken.None);
    }

    private async Task<Session> OpenAsync(int attempts, CancellationToken cancellationToken)
    {
        var connection = await _connection.GetAsync(attempts, cancellationToken);
        foreach (var queue in _queues) await _broker.Topology.DeclareQueueAsync(connection, queue, cancellationToken);
        var session = new Session(this, await connection.CreateChannelAsync(cancellationToken: cancellationToken));
        await session.SetPrefetchAsync(_prefetch, cancellationToken);
        foreach (var queue in _queues) await session.ConsumeAsync(queue, cancellationToken);
        return session;
    }

    private async Task KeepAsync()
    {
        var backoff = new Backoff();
        while (_session is { } session)
        {
            try { await session.Closed.WaitAsync(_stop.Token); }
            catch (OperationCanceledException) { return; }
            await session.DisposeAsync();
            while (true)
            {
                try
                {
                    await backoff.WaitAsync(_broker.Time, _stop.Token);
                    await _changing.WaitAsync(_stop.Token);
                    try { _session = await OpenAsync(1, _stop.Token); }
                    finally { _changing.Release(); }
                    backoff.Reset();
                    break;
                }
                catch (OperationCanceledException) when (_stop.IsCancellationRequested) { return; }
                catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or IOException or OperationCanceledException)
                {
                    BrokerLog.ConsumerInterrupted(_logger, _broker.Address, e.Message);
                }
            }
        }
    }

    public async Task AddQueueAsync(string queue, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (_queues.Contains(queue)) return;
            var connection = await _connection.GetAsync(1, cancellationToken);
            await _broker.Topology.DeclareQueueAsync(connection, queue, cancellationToken);
            if (_session is { } session) await session.ConsumeAsync(queue, cancellationToken);
            _queues = [.. _queues, queue];
        }
        finally { _changing.Release(); }
    }

    public async Task CancelQueueAsync(string queue, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            _queues = [.. _queues.Where(q => q != queue)];
            if (_session is { } session) await session.CancelAsync(queue, cancellationToken);
        }
        finally { _changing.Release(); }
    }

    public Task FlushAsync(CancellationToken cancellationToken) => _session is { } session ? session.FlushAsync(cancellationToken) : Task.CompletedTask;

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        if (_session is { } session)
            foreach (var queue in _queues) await session.CancelAsync(queue, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested) await StopAsync();
        if (_session is { } session)
        {
            await session.FlushAsync(_abandon.Token);
            await session.DisposeAsync();
        }
        await _connection.DisposeAsync();
        _stop.Dispose();
        _abandon.Dispose();
    }

    internal static MessageProperties Properties(IReadOnlyBasicProperties properties) => new()
    {
        ContentType = properties.ContentType,
        ContentEncoding = properties.ContentEncoding,
        CorrelationId = properties.CorrelationId,
        ReplyTo = properties.ReplyTo,
        DeliveryMode = properties.DeliveryMode == DeliveryModes.Transient ? (byte)1 : (byte)2,
        // The library does not tell 0 from none; Celery's own messages say 0.
        Priority = properties.Priority,
        Expiration = properties.Expiration,
        AppId = properties.AppId,
    };

    /// <summary>One channel: what was delivered on it can be settled on it only.</summary>
    internal sealed class Session : IAsyncDisposable
    {
        private readonly RabbitMqTaskConsumer _owner;
        private readonly IChannel _channel;
        private readonly Channel<Order> _orders = Channel.CreateUnbounded<Order>(new() { SingleReader = true });
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Dictionary<string, string> _consumerTags = new(StringComparer.Ordinal);
        private readonly Task _settling;

        private enum Verb { Ack, Requeue, Prefetch, Flush }

        private readonly record struct Order(Verb Verb, ulong Tag, TaskCompletionSource? Done);

        internal Session(RabbitMqTaskConsumer owner, IChannel channel)
        {
            _owner = owner;
            _channel = channel;
            channel.ChannelShutdownAsync += (_, _) =>
            {
                _closed.TrySetResult();
                return Task.CompletedTask;
            };
            if (!channel.IsOpen) _closed.TrySetResult();
            _settling = Task.Run(SettleAsync);
        }

        internal Task Closed => _closed.Task;

        internal Task SetPrefetchAsync(int count, CancellationToken cancellationToken)
        {
            // Quorum queues know no limit across consumers.
            var global = !_owner._queues.Any(q => _owner._broker.Settings.QueueOptions(q).Quorum);
            return _channel.BasicQosAsync(0, (ushort)Math.Clamp(count, 1, ushort.MaxValue), global, cancellationToken);
        }

        internal async Task ConsumeAsync(string queue, CancellationToken cancellationToken)
        {
            var consumer = new AsyncEventingBasicConsumer(_channel);
            consumer.ReceivedAsync += (_, e) =>
            {
                _owner._onDelivery(Read(queue, e));
                return Task.CompletedTask;
            };
            // The broker cancels a consumer whose queue was deleted: connect again, which declares the queue anew.
            consumer.UnregisteredAsync += (_, _) =>
            {
                if (!_owner._stop.IsCancellationRequested && _consumerTags.ContainsKey(queue)) _closed.TrySetResult();
                return Task.CompletedTask;
            };
            _consumerTags[queue] = await _channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
        }

        internal async Task CancelAsync(string queue, CancellationToken cancellationToken)
        {
            if (!_consumerTags.Remove(queue, out var tag) || !_channel.IsOpen) return;
            try { await _channel.BasicCancelAsync(tag, cancellationToken: cancellationToken); }
            // The channel closed meanwhile, and with it the consumer.
            catch (Exception e) when (e is AlreadyClosedException or OperationInterruptedException) { }
        }

        private RabbitMqDelivery Read(string queue, BasicDeliverEventArgs e)
        {
            var headers = AmqpTable.Read(e.BasicProperties.Headers);
            return new RabbitMqDelivery(_owner, this, e.DeliveryTag)
            {
                Queue = queue,
                Exchange = e.Exchange,
                RoutingKey = e.RoutingKey,
                Redelivered = e.Redelivered,
                Redeliveries = (long)(headers.Number("x-delivery-count") ?? 0),
                Properties = Properties(e.BasicProperties),
                Headers = headers,
                // The library uses the memory again after this call.
                Body = e.Body.ToArray(),
            };
        }

        internal void Ack(ulong tag) => _orders.Writer.TryWrite(new(Verb.Ack, tag, null));
        internal void Requeue(ulong tag) => _orders.Writer.TryWrite(new(Verb.Requeue, tag, null));
        internal void PostPrefetch(int count) => _orders.Writer.TryWrite(new(Verb.Prefetch, (ulong)count, null));

        internal Task FlushAsync(CancellationToken cancellationToken)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _orders.Writer.TryWrite(new(Verb.Flush, 0, done)) ? done.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
        }

        private async Task SettleAsync()
        {
            var acks = new List<ulong>();
            // All tags up to here are settled on the broker, so a run of acks that starts behind it can be sent as one.
            ulong settledUpTo = 0;
            var settledBeyond = new SortedSet<ulong>();
            while (await _orders.Reader.WaitToReadAsync())
            {
                acks.Clear();
                var others = new List<Order>();
                while (acks.Count + others.Count < 1000 && _orders.Reader.TryRead(out var order))
                {
                    if (order.Verb == Verb.Ack) acks.Add(order.Tag);
                    else others.Add(order);
                }
                try
                {
                    acks.Sort();
                    var run = settledUpTo;
                    var index = 0;
                    while (true)
                    {
                        if (index < acks.Count && acks[index] == run + 1) { run++; index++; }
                        else if (settledBeyond.Remove(run + 1)) run++;
                        else break;
                    }
                    if (index > 0) await _channel.BasicAckAsync(acks[index - 1], multiple: true);
                    settledUpTo = run;
                    for (; index < acks.Count; index++)
                    {
                        await _channel.BasicAckAsync(acks[index], multiple: false);
                        settledBeyond.Add(acks[index]);
                    }
                    foreach (var order in others)
                    {
                        if (order.Verb == Verb.Requeue)
                        {
                            await _channel.BasicRejectAsync(order.Tag, requeue: true);
                            settledBeyond.Add(order.Tag);
                        }
                        else if (order.Verb == Verb.Prefetch) await SetPrefetchAsync((int)order.Tag, CancellationToken.None);
                    }
                }
                // A lost channel has already given its messages back.
                catch (Exception e) when (e is AlreadyClosedException or OperationInterruptedException or IOException or ObjectDisposedException) { _closed.TrySetResult(); }
                foreach (var order in others) order.Done?.TrySetResult();
            }
        }

        public async ValueTask DisposeAsync()
        {
            _orders.Writer.TryComplete();
            await _settling;
            await _channel.DisposeAsync();
        }
    }
}
