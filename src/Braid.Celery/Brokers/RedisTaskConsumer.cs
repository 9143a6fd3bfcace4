using System.Collections.Concurrent;
using System.Threading.Channels;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Brokers;

/// <summary>
/// Takes messages from Redis lists. One script takes and records a batch at once; when the lists are empty, one blocked connection a list
/// waits by moving its last element to where it is, which takes nothing and so can lose nothing. What is held is renewed in
/// <c>unacked_index</c> long before the visibility timeout, so that no other worker runs it a second time.
/// </summary>
internal sealed class RedisTaskConsumer : ITaskConsumer
{
    /// <summary>The most that one script call takes: it keeps Redis busy for about a millisecond.</summary>
    private const int BatchLimit = 100;

    private readonly RedisBroker _broker;
    private readonly RedisClient _client;
    private readonly Action<Delivery> _onDelivery;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly ConcurrentDictionary<string, byte> _held = new(StringComparer.Ordinal);
    private readonly Channel<Settlement> _settlements = Channel.CreateUnbounded<Settlement>(new() { SingleReader = true });
    private readonly RedisVisibility _visibility;
    private readonly RedisBroadcasts _broadcasts;
    private readonly SemaphoreSlim _freed = new(0);

    /// <summary>Who waits until what is in the queues now has been taken.</summary>
    private readonly Channel<TaskCompletionSource> _asked = Channel.CreateUnbounded<TaskCompletionSource>(new() { SingleReader = true });
    private readonly string _tagSource = Guid.NewGuid().ToString();
    private volatile string[] _queues;
    private volatile int _prefetch;
    private int _outstanding;
    private int _rotation;

    // Owned by the fetching loop: the number of the last call, and one whose answer was lost with the connection.
    private long _calls;
    private (string Call, string[] Queues)? _lostCall;
    private Task _fetching = Task.CompletedTask;
    private Task _settling = Task.CompletedTask;
    private Task _tending = Task.CompletedTask;

    private readonly record struct Settlement(string? Tag, RedisDelivery? Requeue, TaskCompletionSource? Flush);

    internal RedisTaskConsumer(RedisBroker broker, RedisClient client, TaskConsumerOptions options, Action<Delivery> onDelivery, ILogger logger)
    {
        _broker = broker;
        _client = client;
        _onDelivery = onDelivery;
        _logger = logger;
        _queues = [.. options.Queues];
        _prefetch = options.Prefetch;
        _visibility = new RedisVisibility(broker, client, _held, () => _queues, logger);
        _broadcasts = new RedisBroadcasts(broker, this, onDelivery);
    }

    public IReadOnlyList<string> Queues => _queues;

    public int Prefetch
    {
        get => _prefetch;
        set
        {
            _prefetch = value;
            _freed.Release();
        }
    }

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in _queues) await BindAsync(queue, cancellationToken);
        _fetching = Task.Run(FetchAsync, CancellationToken.None);
        _settling = Task.Run(SettleAsync, CancellationToken.None);
        _tending = Task.Run(() => _visibility.TendAsync(_stop.Token, _abandon.Token), CancellationToken.None);
    }

    /// <summary>
    /// Python's producers and inspectors find a queue by its binding. One that does not know that the exchange is a fanout writes into the lists of
    /// all that are bound, so these are read in any case.
    /// </summary>
    private async Task BindAsync(string queue, CancellationToken cancellationToken)
    {
        var options = _broker.Settings.QueueOptions(queue);
        var isFanout = options.ExchangeType == "fanout";
        var key = options.RoutingKey ?? (isFanout ? _broker.Settings.DefaultQueue : queue);
        var member = options.ExchangeType == "topic" ? RedisKeys.TopicMember(key, queue) : RedisKeys.BindingMember(key, queue);
        await _client.ExecuteAsync(new RedisCommand("SADD", _broker.Keys.Binding(options.Exchange ?? queue), member), 10, cancellationToken);
        if (isFanout) await _broadcasts.AddAsync(queue, cancellationToken);
    }

    public async Task AddQueueAsync(string queue, CancellationToken cancellationToken)
    {
        if (_queues.Contains(queue)) return;
        await BindAsync(queue, cancellationToken);
        _queues = [.. _queues, queue];
        _freed.Release();
    }

    public Task CancelQueueAsync(string queue, CancellationToken cancellationToken)
    {
        _queues = [.. _queues.Where(q => q != queue)];
        return _broadcasts.RemoveAsync(queue);
    }

    public Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_asked.Writer.TryWrite(asked)) return Task.CompletedTask;
        _freed.Release();
        return asked.Task.WaitAsync(cancellationToken);
    }

    internal void FreeOne()
    {
        Interlocked.Decrement(ref _outstanding);
        _freed.Release();
    }

    internal void Acknowledge(string tag) => _settlements.Writer.TryWrite(new(tag, null, null));

    internal void Requeue(RedisDelivery delivery) => _settlements.Writer.TryWrite(new(null, delivery, null));

    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _settlements.Writer.TryWrite(new(null, null, flushed)) ? flushed.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    private async Task FetchAsync()
    {
        var backoff = new Backoff();
        await using var waiters = new RedisListWaiters(_broker);
        // Those who asked before the last look.
        var asked = new List<TaskCompletionSource>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // Before anything is looked at: what changes from here on ends the wait below.
                while (_freed.CurrentCount > 0) await _freed.WaitAsync(_stop.Token);
                while (_asked.Reader.TryRead(out var one)) asked.Add(one);
                var credit = _prefetch - Volatile.Read(ref _outstanding);
                // Half the window at once: a script call for each single message would cost more than the message.
                if (credit < Math.Max(1, _prefetch / 2) || _queues.Length == 0)
                {
                    Answer(asked);
                    await _freed.WaitAsync(_stop.Token);
                    continue;
                }
                var (queues, lists) = Lists();
                var taken = await TakeAsync(queues, lists, Math.Min(credit, BatchLimit));
                backoff.Reset();
                if (taken.Length > 0)
                {
                    Deliver(queues, taken);
                    continue;
                }
                Answer(asked);
                await waiters.WaitAsync(lists, _freed, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested) { return; }
            catch (Exception e) when (e is RedisConnectionException or RedisErrorException)
            {
                BrokerLog.ConsumerInterrupted(_logger, _broker.Address, e.Message);
                try { await backoff.WaitAsync(_broker.Time, _stop.Token); }
                catch (OperationCanceledException) { return; }
            }
        }
    }

    private static void Answer(List<TaskCompletionSource> asked)
    {
        foreach (var one in asked) one.TrySetResult();
        asked.Clear();
    }

    /// <summary>All lists in the order in which they are served: priority first, then the queues in turn, each time another first.</summary>
    private (string[] Queues, string[] Lists) Lists()
    {
        var queues = _queues;
        var turn = queues.Length == 0 ? 0 : _rotation++ % queues.Length;
        var order = new List<string>(queues.Length * RedisKeys.PrioritySteps.Length);
        var lists = new List<string>(order.Capacity);
        foreach (var priority in RedisKeys.PrioritySteps)
        {
            for (var i = 0; i < queues.Length; i++)
            {
                var queue = queues[(i + turn) % queues.Length];
                order.Add(queue);
                lists.Add(_broker.Keys.Queue(queue, priority));
            }
        }
        return ([.. order], [.. lists]);
    }

    private async Task<RespValue[]> TakeAsync(string[] queues, string[] lists, int count)
    {
        if (_lostCall is { } lost) await RecoverAsync(lost.Call, lost.Queues);
        string[] keys = [_broker.Keys.Unacked, _broker.Keys.UnackedIndex, _broker.Keys.Taken(_tagSource), .. lists];
        var call = $"{_tagSource}:{++_calls}";
        try
        {
            // Not abandoned on stop: what the script took must be known here.
            var reply = await RedisScripts.Fetch.RunAsync(_client, keys, [count, _broker.Now(), call], 1, _abandon.Token);
            return reply.Items ?? [];
        }
        catch (RedisConnectionException)
        {
            _lostCall = (call, queues);
            throw;
        }
    }

    /// <summary>
    /// A call whose answer was lost may have taken messages; they are recorded as this worker's, so without this they would wait for
    /// the visibility timeout.
    /// </summary>
    private async Task RecoverAsync(string call, string[] queues)
    {
        var note = await _client.ExecuteAsync(new RedisCommand("GET", _broker.Keys.Taken(_tagSource)), 1, _abandon.Token);
        var lines = note.Text?.Split('\n') ?? [];
        foreach (var line in lines.Length > 0 && lines[0] == call ? lines.Skip(1) : [])
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var tag = line[(space + 1)..];
            // Delivered by a recovery that was itself cut short.
            if (_held.ContainsKey(tag)) continue;
            var record = await _client.ExecuteAsync(new RedisCommand("HGET", _broker.Keys.Unacked, tag), 10, _abandon.Token);
            if (record.Bytes is not { } json) continue;
            Deliver(queues, int.Parse(line.AsSpan(0, space), System.Globalization.CultureInfo.InvariantCulture), tag, UnackedRecord.Read(json).Envelope);
        }
        _lostCall = null;
    }

    private void Deliver(string[] queues, RespValue[] taken)
    {
        for (var i = 0; i + 2 < taken.Length; i += 3)
            Deliver(queues, (int)taken[i].AsInteger(), taken[i + 1].Text!, taken[i + 2].Bytes!);
    }

    private void Deliver(string[] queues, int list, string tag, byte[] raw)
    {
        var delivery = RedisDelivery.Read(this, queues[list - 1], tag, raw);
        _held[delivery.Tag] = 0;
        Interlocked.Increment(ref _outstanding);
        if (_stop.IsCancellationRequested)
        {
            delivery.Requeue();
            delivery.Release();
        }
        else _onDelivery(delivery);
    }

    /// <summary>Sends acknowledgements, all that wait in one command.</summary>
    private async Task SettleAsync()
    {
        var tags = new List<RedisArg>();
        var names = new List<string>();
        while (await _settlements.Reader.WaitToReadAsync())
        {
            tags.Clear();
            names.Clear();
            var requeues = new List<RedisDelivery>();
            TaskCompletionSource? flush = null;
            while (flush is null && names.Count < 1000 && _settlements.Reader.TryRead(out var settlement))
            {
                if (settlement.Tag is { } tag)
                {
                    names.Add(tag);
                    tags.Add(tag);
                }
                if (settlement.Requeue is { } delivery) requeues.Add(delivery);
                flush = settlement.Flush;
            }
            try
            {
                if (names.Count > 0)
                {
                    RedisCommand command = new();
                    command.Add(["ZREM", _broker.Keys.UnackedIndex, .. tags]);
                    command.Add(["HDEL", _broker.Keys.Unacked, .. tags]);
                    await _client.ExecuteAllAsync(command, int.MaxValue, _abandon.Token);
                    foreach (var name in names) _held.TryRemove(name, out _);
                }
                // The last taken goes back first, so that the order in the list is what it was.
                for (var i = requeues.Count - 1; i >= 0; i--)
                {
                    await _visibility.RestoreAsync(requeues[i].Tag, requeues[i].Queue, RedisDelivery.MarkRedelivered(requeues[i].Raw), int.MaxValue, _abandon.Token);
                    _held.TryRemove(requeues[i].Tag, out _);
                }
            }
            catch (OperationCanceledException) { return; }
            catch (RedisErrorException e) { BrokerLog.SettlementFailed(_logger, names.Count, e.Message); }
            finally { flush?.TrySetResult(); }
        }
    }

    internal Task BuryAsync(RedisDelivery delivery, string reason, CancellationToken cancellationToken) =>
        BuryAsync(delivery.Tag, delivery.Queue, delivery.Raw, reason, cancellationToken);

    internal async Task BuryAsync(string tag, string queue, byte[] raw, string reason, CancellationToken cancellationToken)
    {
        var record = PlainValue.ToJson(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["reason"] = reason,
            ["queue"] = queue,
            ["time"] = PythonTime.Format(_broker.Time.GetUtcNow()),
            ["message"] = Convert.ToBase64String(raw),
        }, CeleryJson.Plain);
        await RedisScripts.Bury.RunAsync(_client, [_broker.Keys.Unacked, _broker.Keys.UnackedIndex, _broker.Keys.Dead(queue)],
            [tag, record, _broker.Settings.DeadLetterLimit], int.MaxValue, cancellationToken);
        _held.TryRemove(tag, out _);
    }

    internal async Task ParkAsync(RedisDelivery delivery, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await RedisScripts.Park.RunAsync(_client, [_broker.Keys.Unacked, _broker.Keys.UnackedIndex, _broker.Keys.Parked(delivery.Queue)],
            [delivery.Tag, delivery.Raw, PythonTime.ToEpoch(until)], int.MaxValue, cancellationToken);
        _held.TryRemove(delivery.Tag, out _);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _broadcasts.DisposeAsync();
        await _fetching;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _settlements.Writer.TryComplete();
        // Redis may be gone for good: what cannot be settled now is restored by another worker after the visibility timeout.
        await Task.WhenAny(_settling, Task.Delay(TimeSpan.FromSeconds(5), CancellationToken.None));
        await _abandon.CancelAsync();
        await Task.WhenAll(_settling, _tending);
        await _client.DisposeAsync();
        _stop.Dispose();
        _abandon.Dispose();
    }
}
