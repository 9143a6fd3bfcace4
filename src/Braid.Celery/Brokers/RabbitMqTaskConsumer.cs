using System.Collections.Concurrent;
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
        if (_queues.Any(IsQuorum)) await session.LimitEachConsumerAsync(cancellationToken);
        await session.SetPrefetchAsync(_prefetch, cancellationToken);
        foreach (var queue in _queues) await session.ConsumeAsync(queue, cancellationToken);
        return session;
    }

    private bool IsQuorum(string queue) => _broker.Settings.QueueOptions(queue).Quorum;

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
            if (_session is { } session)
            {
                if (IsQuorum(queue)) await session.LimitEachConsumerAsync(cancellationToken);
                await session.ConsumeAsync(queue, cancellationToken);
            }
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
        await _changing.WaitAsync();
        try
        {
            if (_session is { } session)
                foreach (var queue in _queues) await session.CancelAsync(queue, CancellationToken.None);
        }
        finally { _changing.Release(); }
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
        private readonly Task _settling;

        // Changed under the owner's _changing; read by the library's thread. A queue has more than one consumer where each has its own limit.
        private readonly ConcurrentDictionary<string, Consumer[]> _consumers = new(StringComparer.Ordinal);
        private int _window;
        private bool _limitsEach;

        private enum Verb { Ack, Requeue, Prefetch, Flush }

        private readonly record struct Order(Verb Verb, ulong Tag, TaskCompletionSource? Done);

        private sealed record Consumer(string Tag, int Limit);

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

        /// <summary>The most that may be unsettled: over the whole channel, or for each queue.</summary>
        internal async Task SetPrefetchAsync(int count, CancellationToken cancellationToken)
        {
            _window = Math.Clamp(count, 1, ushort.MaxValue);
            if (!_limitsEach) await _channel.BasicQosAsync(0, (ushort)_window, global: true, cancellationToken);
            else foreach (var queue in _consumers.Keys.ToArray()) await FitAsync(queue, cancellationToken);
        }

        /// <summary>From now on each consumer has a limit of its own, since quorum queues know none across consumers.</summary>
        internal async Task LimitEachConsumerAsync(CancellationToken cancellationToken)
        {
            if (_limitsEach) return;
            _limitsEach = true;
            if (_consumers.IsEmpty) return;
            // 0: the channel has no limit any more.
            await _channel.BasicQosAsync(0, 0, global: true, cancellationToken);
            await SetPrefetchAsync(_window, cancellationToken);
        }

        /// <summary>
        /// A consumer keeps the limit that it was made with, so a larger window is one consumer more, with the difference; for a smaller one the
        /// newest go, and what these hold is settled as before.
        /// </summary>
        private async Task FitAsync(string queue, CancellationToken cancellationToken)
        {
            var before = _consumers[queue];
            var kept = before.Length;
            var limit = before.Sum(c => c.Limit);
            while (limit > _window) limit -= before[--kept].Limit;
            _consumers[queue] = before[..kept];
            if (limit < _window) await ConsumeAsync(queue, _window - limit, cancellationToken);
            foreach (var consumer in before[kept..]) await _channel.BasicCancelAsync(consumer.Tag, cancellationToken: cancellationToken);
        }

        private async Task ChangePrefetchAsync(int count)
        {
            await _owner._changing.WaitAsync();
            try
            {
                if (!_owner._stop.IsCancellationRequested) await SetPrefetchAsync(count, CancellationToken.None);
            }
            finally { _owner._changing.Release(); }
        }

        internal Task ConsumeAsync(string queue, CancellationToken cancellationToken) => ConsumeAsync(queue, _limitsEach ? _window : ushort.MaxValue, cancellationToken);

        private async Task ConsumeAsync(string queue, int limit, CancellationToken cancellationToken)
        {
            if (_limitsEach) await _channel.BasicQosAsync(0, (ushort)limit, global: false, cancellationToken);
            var consumer = new AsyncEventingBasicConsumer(_channel);
            consumer.ReceivedAsync += (_, e) =>
            {
                _owner._onDelivery(Read(queue, e));
                return Task.CompletedTask;
            };
            // The broker cancels a consumer whose queue was deleted: connect again, which declares the queue anew.
            consumer.UnregisteredAsync += (_, e) =>
            {
                var isMissed = _consumers.TryGetValue(queue, out var present) && present.Any(c => e.ConsumerTags.Contains(c.Tag));
                if (isMissed && !_owner._stop.IsCancellationRequested) _closed.TrySetResult();
                return Task.CompletedTask;
            };
            var tag = await _channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
            _consumers[queue] = [.. _consumers.GetValueOrDefault(queue, []), new(tag, limit)];
        }

        internal async Task CancelAsync(string queue, CancellationToken cancellationToken)
        {
            if (!_consumers.TryRemove(queue, out var consumers) || !_channel.IsOpen) return;
            try
            {
                foreach (var consumer in consumers) await _channel.BasicCancelAsync(consumer.Tag, cancellationToken: cancellationToken);
            }
            // The channel closed meanwhile, and with it the consumers.
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
            var settled = new SettledTags();
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
                    foreach (var tag in acks) settled.Add(tag);
                    // What is settled up to some tag without a gap can be sent as one.
                    var run = acks.FindLastIndex(tag => tag <= settled.UpTo);
                    if (run >= 0) await _channel.BasicAckAsync(acks[run], multiple: true);
                    foreach (var tag in acks.Skip(run + 1)) await _channel.BasicAckAsync(tag, multiple: false);
                    foreach (var order in others)
                    {
                        if (order.Verb == Verb.Requeue)
                        {
                            await _channel.BasicRejectAsync(order.Tag, requeue: true);
                            settled.Add(order.Tag);
                        }
                        else if (order.Verb == Verb.Prefetch) await ChangePrefetchAsync((int)order.Tag);
                    }
                }
                // A lost channel has already given its messages back.
                catch (Exception e) when (e is AlreadyClosedException or OperationInterruptedException or IOException or ObjectDisposedException or TimeoutException or OperationCanceledException) { _closed.TrySetResult(); }
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
