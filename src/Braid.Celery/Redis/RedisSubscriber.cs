using System.Collections.Concurrent;

namespace Braid.Celery.Redis;

/// <summary>
/// Channels and patterns of one Redis on one connection; after a loss it connects again and subscribes to all of them anew. What was
/// published meanwhile is gone: who needs it asks again in <see cref="Subscribed"/>.
/// </summary>
internal sealed class RedisSubscriber : IAsyncDisposable
{
    private readonly RedisEndpoint _endpoint;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly Action<string, byte[]> _onMessage;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _channels = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private RedisConnection? _connection;
    private Task? _running;

    internal RedisSubscriber(RedisEndpoint endpoint, string name, TimeProvider time, Action<string, byte[]> onMessage)
    {
        _endpoint = endpoint;
        _name = name;
        _time = time;
        _onMessage = onMessage;
    }

    /// <summary>Called each time Redis has confirmed a channel, so also after every reconnect: the moment to look for what was missed.</summary>
    internal Action<string>? Subscribed { get; init; }

    /// <summary>Subscribes to a channel (a pattern when it holds a star); completes when Redis has confirmed.</summary>
    internal Task SubscribeAsync(string channel)
    {
        var confirmed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actual = _channels.GetOrAdd(channel, confirmed);
        lock (_lock)
        {
            _running ??= Task.Run(RunAsync);
            if (ReferenceEquals(actual, confirmed) && _connection is { IsOpen: true } connection) Send(connection, "SUBSCRIBE", channel);
        }
        return actual.Task;
    }

    internal void Unsubscribe(string channel)
    {
        if (!_channels.TryRemove(channel, out _)) return;
        lock (_lock)
        {
            if (_connection is { IsOpen: true } connection) Send(connection, "UNSUBSCRIBE", channel);
        }
    }

    private static void Send(RedisConnection connection, string verb, string channel)
    {
        // A connection that breaks right now is replaced by the loop, which subscribes to everything.
        try { connection.Push(new RedisCommand((channel.Contains('*', StringComparison.Ordinal) ? "P" : "") + verb, channel)); }
        catch (RedisConnectionException) { }
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                timeout.CancelAfter(TimeSpan.FromSeconds(4));
                var connection = await RedisConnection.OpenAsync(_endpoint, _name, OnPush, timeout.Token);
                await using (connection)
                {
                    lock (_lock)
                    {
                        _connection = connection;
                        foreach (var channel in _channels.Keys) Send(connection, "SUBSCRIBE", channel);
                    }
                    backoff.Reset();
                    await connection.Closed.WaitAsync(_stop.Token);
                }
            }
            catch (Exception e) when (e is RedisConnectionException or RedisErrorException or OperationCanceledException or IOException)
            {
                if (_stop.IsCancellationRequested) return;
                try { await backoff.WaitAsync(_time, _stop.Token); }
                catch (OperationCanceledException) { return; }
            }
        }
    }

    private void OnPush(RespValue reply)
    {
        if (reply.Items is not { Length: >= 3 } items) return;
        switch (items[0].Text)
        {
            case "subscribe" or "psubscribe":
                if (!_channels.TryGetValue(items[1].Text!, out var confirmed)) break;
                confirmed.TrySetResult();
                Subscribed?.Invoke(items[1].Text!);
                break;
            case "message": _onMessage(items[1].Text!, items[2].Bytes!); break;
            case "pmessage" when items.Length == 4: _onMessage(items[2].Text!, items[3].Bytes!); break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task? running;
        lock (_lock) running = _running;
        if (running is not null) await running;
        _stop.Dispose();
    }
}
