using System.Collections.Concurrent;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>
/// Publishes with confirms: a message counts as sent when RabbitMQ has taken responsibility for it. Any number of messages are under way
/// at once on one channel, so that a confirm is waited for by each caller and by nobody else. The library's own tracking would add a
/// header to every message, which Python does not send. Without confirms, on a channel of their own, messages are sent when they are on
/// their way.
/// </summary>
internal sealed class RabbitMqPublisher(RabbitMqConnection connection, RabbitMqTopology topology, CelerySettings settings, TimeProvider time, bool confirms) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private Session? _session;

    internal async Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var properties = Properties(message);
        var backoff = new Backoff();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var confirmed = await SendAsync(message, properties, cancellationToken);
                await confirmed.WaitAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (attempt < settings.PublishAttempts && e is AlreadyClosedException or OperationInterruptedException or BrokerUnreachableException or IOException) { }
            await backoff.WaitAsync(time, cancellationToken);
        }
    }

    private async Task<Task> SendAsync(OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_session is not { Channel.IsOpen: true } session)
            {
                if (_session is { } broken) await broken.DisposeAsync();
                _session = null;
                var open = await connection.GetAsync(1, cancellationToken);
                _session = session = await Session.OpenAsync(open, confirms, cancellationToken);
            }
            if (message.Task is not null && settings.QueueOf(message.Exchange, message.RoutingKey) is { } queue)
            {
                await session.DeclareAsync(topology, queue, cancellationToken);
                message = RabbitMqDelays.Delayed(message, settings, time);
            }
            if (message.Exchange is "celery.pidbox" or "celeryev" or "reply.celery.pidbox") await session.DeclareExchangeAsync(message.Exchange, cancellationToken);
            return await session.PublishAsync(message, properties, cancellationToken);
        }
        finally { _gate.Release(); }
    }

    private static BasicProperties Properties(OutgoingMessage message)
    {
        var source = message.Properties;
        var properties = new BasicProperties { Headers = AmqpTable.Write(message.HeaderTable()), DeliveryMode = (DeliveryModes)source.DeliveryMode };
        if (source.ContentType is not null) properties.ContentType = source.ContentType;
        if (source.ContentEncoding is not null) properties.ContentEncoding = source.ContentEncoding;
        if (source.CorrelationId is not null) properties.CorrelationId = source.CorrelationId;
        if (source.ReplyTo is not null) properties.ReplyTo = source.ReplyTo;
        if (source.Priority is { } priority) properties.Priority = priority;
        if (source.Expiration is not null) properties.Expiration = source.Expiration;
        if (source.AppId is not null) properties.AppId = source.AppId;
        return properties;
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_session is { } session) await session.DisposeAsync();
            _session = null;
        }
        finally { _gate.Release(); }
    }

    /// <summary>One channel and what it owes.</summary>
    private sealed class Session : IAsyncDisposable
    {
        private readonly IConnection _connection;
        private readonly ConcurrentDictionary<ulong, TaskCompletionSource> _unconfirmed = new();
        private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

        // Owned by the publisher's gate: the number of the last message, as RabbitMQ counts them on the channel.
        private ulong _sequence;

        // Owned by the channel's dispatcher: everything up to here is confirmed.
        private ulong _confirmedUpTo;

        private readonly bool _confirms;

        private Session(IConnection connection, IChannel channel, bool confirms)
        {
            _connection = connection;
            Channel = channel;
            _confirms = confirms;
            channel.BasicAcksAsync += (_, e) => Confirm(e.DeliveryTag, e.Multiple, null);
            channel.BasicNacksAsync += (_, e) => Confirm(e.DeliveryTag, e.Multiple, new IOException("RabbitMQ refused the message: it could not store it."));
            channel.ChannelShutdownAsync += OnShutdown;
        }

        internal IChannel Channel { get; private set; }

        internal static async Task<Session> OpenAsync(IConnection connection, bool confirms, CancellationToken cancellationToken)
        {
            var options = new CreateChannelOptions(publisherConfirmationsEnabled: confirms, publisherConfirmationTrackingEnabled: false);
            return new Session(connection, await connection.CreateChannelAsync(options, cancellationToken), confirms);
        }

        internal async Task DeclareAsync(RabbitMqTopology topology, string queue, CancellationToken cancellationToken)
        {
            if (!_declared.Add(queue)) return;
            try { await topology.DeclareQueueAsync(_connection, queue, cancellationToken); }
            catch
            {
                _declared.Remove(queue);
                throw;
            }
        }

        internal async Task DeclareExchangeAsync(string exchange, CancellationToken cancellationToken)
        {
            if (_declared.Contains(exchange)) return;
            await RabbitMqTopology.DeclareExchangeAsync(Channel, exchange, cancellationToken);
            _declared.Add(exchange);
        }

        internal async Task<Task> PublishAsync(OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken)
        {
            if (!_confirms)
            {
                await Channel.BasicPublishAsync(message.Exchange, message.RoutingKey, mandatory: false, properties, message.Body, cancellationToken);
                return Task.CompletedTask;
            }
            var confirmed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _unconfirmed[++_sequence] = confirmed;
            await Channel.BasicPublishAsync(message.Exchange, message.RoutingKey, mandatory: false, properties, message.Body, cancellationToken);
            // The channel may have closed between the check and here, after its shutdown event.
            if (!Channel.IsOpen) FailAll(new IOException("The channel to RabbitMQ was closed."));
            return confirmed.Task;
        }

        private Task Confirm(ulong tag, bool multiple, Exception? failure)
        {
            if (!multiple) Complete(tag, failure);
            else
                for (var next = _confirmedUpTo + 1; next <= tag; next++) Complete(next, failure);
            if (multiple) _confirmedUpTo = tag;
            return Task.CompletedTask;
        }

        private void Complete(ulong tag, Exception? failure)
        {
            if (!_unconfirmed.TryRemove(tag, out var confirmed)) return;
            if (failure is null) confirmed.TrySetResult();
            else confirmed.TrySetException(failure);
        }

        private Task OnShutdown(object sender, ShutdownEventArgs e)
        {
            FailAll(new IOException($"The channel to RabbitMQ was closed: {e.ReplyText}"));
            return Task.CompletedTask;
        }

        private void FailAll(Exception failure)
        {
            foreach (var tag in _unconfirmed.Keys) Complete(tag, failure);
        }

        public ValueTask DisposeAsync()
        {
            FailAll(new IOException("The publisher was closed."));
            return Channel.DisposeAsync();
        }
    }
}
