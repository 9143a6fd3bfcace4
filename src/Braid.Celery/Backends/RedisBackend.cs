using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Braid.Celery.Brokers;
using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Backends;

/// <summary>
/// Results in Redis under Celery's keys. A waiter subscribes to its task's key and looks once; nobody polls.
/// </summary>
internal sealed class RedisBackend : IResultBackend
{
    private const string TaskPrefix = "celery-task-meta-";
    private const string GroupPrefix = "celery-taskset-meta-";

    private readonly RedisClient _client;
    private readonly RedisSubscriber _subscriber;
    private readonly CelerySettings _settings;
    private readonly ConcurrentDictionary<string, Waiter> _waiters = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    internal RedisBackend(RedisEndpoint endpoint, CelerySettings settings, TimeProvider time)
    {
        _settings = settings;
        _client = new RedisClient(endpoint, "braid-celery-results", time);
        _subscriber = new RedisSubscriber(endpoint, "braid-celery-result-events", time, OnMessage) { Subscribed = OnSubscribed };
    }

    private string Key(string id) => _settings.RedisKeyPrefix + TaskPrefix + id;
    private string GroupKey(string id) => _settings.RedisKeyPrefix + GroupPrefix + id;

    /// <summary>A success is final: a copy of the task that ran twice must not turn it into STARTED or RETRY.</summary>
    private static readonly RedisScript StoreUnlessDone = new("""
        local now = redis.call('GET', KEYS[1])
        if now and string.find(now, '^{"status": ?"SUCCESS"') then return 0 end
        if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SETEX', KEYS[1], ARGV[2], ARGV[1]) end
        redis.call('PUBLISH', KEYS[1], ARGV[1])
        return 1
        """);

    public async Task StoreAsync(ResultMeta meta, string? replyTo, CancellationToken cancellationToken)
    {
        var key = Key(meta.TaskId);
        var json = meta.ToJson();
        if (meta.Status != TaskStates.Success)
        {
            await StoreUnlessDone.RunAsync(_client, [key], [json, Expiry], int.MaxValue, cancellationToken);
            return;
        }
        var command = new RedisCommand();
        if (Expiry == 0) command.Add("SET", key, json);
        else command.Add("SETEX", key, Expiry, json);
        await _client.ExecuteAllAsync(command.Add("PUBLISH", key, json), int.MaxValue, cancellationToken);
    }

    private long Expiry => (long)_settings.ResultExpires.TotalSeconds;

    public async Task<bool> ClaimRunAsync(string taskId, string publication, CancellationToken cancellationToken)
    {
        var key = $"{_settings.RedisKeyPrefix}braid.run.{taskId}";
        var command = new RedisCommand().Add("SET", key, publication, "NX", "EX", 86_400).Add("GET", key);
        var replies = await _client.ExecuteAllAsync(command, 10, cancellationToken);
        return replies[1].Text == publication;
    }

    public async Task<ResultMeta?> GetAsync(string id, CancellationToken cancellationToken)
    {
        var reply = await _client.ExecuteAsync(new RedisCommand("GET", Key(id)), 10, cancellationToken);
        return reply.Bytes is { } json ? ResultMeta.Parse(json) with { TaskId = id } : null;
    }

    public async Task<ResultMeta> WaitAsync(string id, CancellationToken cancellationToken)
    {
        var key = Key(id);
        Waiter waiter;
        lock (_gate)
        {
            waiter = _waiters.GetOrAdd(key, static (_, taskId) => new Waiter(taskId), id);
            // Looked for at once, for it may be there already; and again when the subscription is confirmed, so that what was stored
            // before it is found and what comes after it is heard.
            if (waiter.Count++ == 0) _ = _subscriber.SubscribeAsync(key);
        }
        try
        {
            _ = LookAsync(key);
            return await waiter.Completion.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                if (--waiter.Count == 0)
                {
                    _waiters.TryRemove(new(key, waiter));
                    _subscriber.Unsubscribe(key);
                }
            }
        }
    }

    private void OnSubscribed(string key) => _ = LookAsync(key);

    private async Task LookAsync(string key)
    {
        if (!_waiters.TryGetValue(key, out var waiter)) return;
        try
        {
            var reply = await _client.ExecuteAsync(new RedisCommand("GET", key), int.MaxValue, CancellationToken.None);
            if (reply.Bytes is { } json) waiter.Offer(json);
        }
        catch (Exception e) when (e is RedisErrorException or RedisConnectionException or ObjectDisposedException) { waiter.Completion.TrySetException(e); }
    }

    private void OnMessage(string key, byte[] json)
    {
        if (_waiters.TryGetValue(key, out var waiter)) waiter.Offer(json);
    }

    public Task ForgetAsync(string id, CancellationToken cancellationToken) =>
        _client.ExecuteAsync(new RedisCommand("DEL", Key(id)), 10, cancellationToken);

    public Task SaveGroupAsync(string id, List<object?> tuple, CancellationToken cancellationToken)
    {
        var json = PlainValue.ToJson(new Dictionary<string, object?>(StringComparer.Ordinal) { ["result"] = tuple }, CeleryJson.Plain);
        return _client.ExecuteAsync(Expiry == 0 ? new RedisCommand("SET", GroupKey(id), json) : new RedisCommand("SETEX", GroupKey(id), Expiry, json), 10, cancellationToken);
    }

    public async Task<List<object?>?> RestoreGroupAsync(string id, CancellationToken cancellationToken)
    {
        var reply = await _client.ExecuteAsync(new RedisCommand("GET", GroupKey(id)), 10, cancellationToken);
        return reply.Bytes is { } json && PlainValue.Parse(json) is Dictionary<string, object?> map ? map.List("result") : null;
    }

    public Task DeleteGroupAsync(string id, CancellationToken cancellationToken) =>
        _client.ExecuteAsync(new RedisCommand("DEL", GroupKey(id)), 10, cancellationToken);

    // A chord: .j the parts scored by index, .s their number, .t how many were added later (all three Celery's); .b the tasks that were
    // counted, and .f who sends the body now (these two Braid's).

    public Task SetChordSizeAsync(string groupId, int size, CancellationToken cancellationToken) =>
        _client.ExecuteAsync(new RedisCommand("SET", GroupKey(groupId) + ".s", size, "EX", Math.Max(Expiry, 86_400)), 10, cancellationToken);

    public Task ExtendChordAsync(string groupId, int by, CancellationToken cancellationToken) =>
        _client.ExecuteAsync(new RedisCommand("INCRBY", GroupKey(groupId) + ".t", by), 1, cancellationToken);

    private static readonly RedisScript AddPart = new("""
        if redis.call('SADD', KEYS[4], ARGV[3]) == 1 then redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2]) end
        for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[4]) end
        local size = redis.call('GET', KEYS[3])
        if not size then return false end
        local total = tonumber(size) + tonumber(redis.call('GET', KEYS[2]) or '0')
        if redis.call('ZCARD', KEYS[1]) < total then return false end
        if not redis.call('SET', KEYS[5], ARGV[3], 'NX', 'EX', 60) then return false end
        local parts = redis.call('ZRANGE', KEYS[1], 0, -1)
        table.insert(parts, 1, tostring(total))
        return parts
        """);

    public async Task<List<ChordPart>?> AddChordPartAsync(string groupId, long? index, ResultMeta part, CancellationToken cancellationToken)
    {
        var key = GroupKey(groupId);
        // Python's own spacing: the same part told by a Python worker is then the same member of the set.
        var member = $"[1, \"{part.TaskId}\", \"{part.Status}\", {Encoding.UTF8.GetString(part.Result.Span)}]";
        var reply = await AddPart.RunAsync(_client, [key + ".j", key + ".t", key + ".s", key + ".b", key + ".f"],
            [index is { } i ? i : "+inf", member, part.TaskId, Math.Max(Expiry, 86_400)], int.MaxValue, cancellationToken);
        if (reply.Items is not { Length: > 0 } items) return null;
        var total = items[0].AsInteger();
        var parts = new List<ChordPart>(items.Length - 1);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items.Skip(1))
        {
            var read = ReadPart(item.Bytes!);
            if (seen.Add(read.TaskId)) parts.Add(read);
        }
        if (parts.Count >= total) return parts;
        // One task was told twice in two spellings: some part is still missing.
        await _client.ExecuteAsync(new RedisCommand("DEL", key + ".f"), int.MaxValue, cancellationToken);
        return null;
    }

    private static ChordPart ReadPart(byte[] json)
    {
        var source = NonFinite.TryQuote(json) ?? json;
        using var document = JsonDocument.Parse(source, new() { MaxDepth = PlainValue.MaxDepth });
        var root = document.RootElement;
        return new(root[1].GetString()!, root[2].GetString()!, Encoding.UTF8.GetBytes(root[3].GetRawText()));
    }

    public Task CompleteChordAsync(string groupId, bool failed, CancellationToken cancellationToken)
    {
        var key = GroupKey(groupId);
        var command = failed
            ? new RedisCommand("DEL", key + ".t", key + ".s", key + ".b", key + ".f")
            : new RedisCommand("DEL", key + ".j", key + ".t", key + ".s", key + ".b", key + ".f");
        return _client.ExecuteAsync(command, int.MaxValue, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _subscriber.DisposeAsync();
        await _client.DisposeAsync();
    }

    /// <summary>All that wait for one task.</summary>
    private sealed class Waiter(string taskId)
    {
        /// <summary>How many wait. Guarded by the backend's gate, so that a channel is never left while somebody comes.</summary>
        internal int Count;

        internal TaskCompletionSource<ResultMeta> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal void Offer(byte[] json)
        {
            try
            {
                var meta = ResultMeta.Parse(json);
                if (TaskStates.IsReady(meta.Status)) Completion.TrySetResult(meta with { TaskId = taskId });
            }
            catch (JsonException e) { Completion.TrySetException(e); }
        }
    }
}
