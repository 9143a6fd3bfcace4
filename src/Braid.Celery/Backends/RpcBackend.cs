using System.Collections.Concurrent;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Backends;

/// <summary>
/// <c>rpc://</c>: results are messages to the queue of the client that asked. Nothing is kept: a result can be had once, by that client,
/// while it lives. Celery has no chords on it, and neither have we.
/// </summary>
internal sealed class RpcBackend(IBroker broker, string replyTo) : IResultBackend
{
    /// <summary>Results that nobody has asked for yet; the oldest go first.</summary>
    private const int KeptLimit = 10_000;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<ResultMeta>> _results = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ResultMeta> _states = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();
    private readonly SemaphoreSlim _starting = new(1);
    private IAsyncDisposable? _subscription;

    public bool IsPersistent => false;

    /// <summary>The reply queue must exist before a task is sent, or the answer has nowhere to go.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _subscription) is not null) return;
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_subscription is not null) return;
            _subscription = await broker.SubscribeAsync(new Subscription
            {
                Exchange = "",
                ExchangeType = "direct",
                Queue = replyTo,
                RoutingKey = replyTo,
                QueueExpires = TimeSpan.FromDays(1),
                MessageTtl = TimeSpan.FromDays(1),
            }, OnMessage, cancellationToken);
        }
        finally { _starting.Release(); }
    }

    private void OnMessage(SubscriptionMessage message)
    {
        ResultMeta meta;
        try { meta = ResultMeta.Parse(message.Body); }
        // Not a result: somebody else wrote to this queue.
        catch (System.Text.Json.JsonException) { return; }
        var id = meta.TaskId.Length > 0 ? meta.TaskId : message.Properties.CorrelationId ?? "";
        _states[id] = meta;
        _order.Enqueue(id);
        while (_order.Count > KeptLimit && _order.TryDequeue(out var oldest) && oldest != id)
        {
            _states.TryRemove(oldest, out _);
            _results.TryRemove(oldest, out _);
        }
        if (TaskStates.IsReady(meta.Status)) Slot(id).TrySetResult(meta);
    }

    private TaskCompletionSource<ResultMeta> Slot(string id) =>
        _results.GetOrAdd(id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    public async Task StoreAsync(ResultMeta meta, string? replyTo, CancellationToken cancellationToken)
    {
        if (replyTo is null) return;
        await broker.PublishAsync(new OutgoingMessage
        {
            Exchange = "",
            RoutingKey = replyTo,
            Properties = new MessageProperties { CorrelationId = meta.TaskId, DeliveryMode = 1, Priority = 0 },
            Body = meta.ToJson(),
        }, cancellationToken);
    }

    public Task<ResultMeta?> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_states.GetValueOrDefault(id));

    public async Task<ResultMeta> WaitAsync(string id, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        return await Slot(id).Task.WaitAsync(cancellationToken);
    }

    public Task ForgetAsync(string id, CancellationToken cancellationToken)
    {
        _results.TryRemove(id, out _);
        _states.TryRemove(id, out _);
        return Task.CompletedTask;
    }

    public Task SaveGroupAsync(string id, List<object?> tuple, CancellationToken cancellationToken) => throw NotKept();
    public Task<List<object?>?> RestoreGroupAsync(string id, CancellationToken cancellationToken) => throw NotKept();
    public Task DeleteGroupAsync(string id, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task SetChordSizeAsync(string groupId, int size, CancellationToken cancellationToken) => throw NotKept();
    public Task ExtendChordAsync(string groupId, int by, CancellationToken cancellationToken) => throw NotKept();
    public Task<List<ChordPart>?> AddChordPartAsync(string groupId, long? index, ResultMeta part, CancellationToken cancellationToken) => throw NotKept();
    public Task CompleteChordAsync(string groupId, bool failed, CancellationToken cancellationToken) => throw NotKept();

    private static NotSupportedException NotKept() =>
        new("The rpc:// backend keeps nothing, so it has no chords and saves no groups: use a Redis or PostgreSQL backend.");

    public async ValueTask DisposeAsync()
    {
        if (_subscription is { } subscription) await subscription.DisposeAsync();
        _starting.Dispose();
    }
}
