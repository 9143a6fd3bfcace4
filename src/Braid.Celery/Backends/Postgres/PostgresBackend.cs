using System.Collections.Concurrent;
using System.Text;
using Braid.Celery.Wire;
using Npgsql;

namespace Braid.Celery.Backends.Postgres;

/// <summary>
/// Results in PostgreSQL, for .NET workers and clients. A waiter looks once and then hears of its task by NOTIFY; nobody polls.
/// </summary>
internal sealed class PostgresBackend : IResultBackend
{
    /// <summary>How often a process that stores results removes what has expired.</summary>
    private static readonly TimeSpan CleanUpPeriod = TimeSpan.FromHours(1);

    private readonly PostgresStore _store;
    private readonly PostgresListener _listener;
    private readonly CelerySettings _settings;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, ResultWaiter> _waiters = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _cleanedUp;

    internal PostgresBackend(string url, CelerySettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _store = new PostgresStore(url, time);
        _cleanedUp = time.GetTimestamp();
        _listener = new PostgresListener(_store, time, id => _ = LookAsync(id), () =>
        {
            // What was stored while nobody listened.
            foreach (var id in _waiters.Keys) _ = LookAsync(id);
        });
    }

    internal PostgresStore Store => _store;

    private double? Expiry => _settings.ResultExpires > TimeSpan.Zero ? _settings.ResultExpires.TotalSeconds : null;

    /// <summary>A success is final: a copy of the task that ran twice must not turn it into STARTED or RETRY.</summary>
    private const string Upsert = """
        INSERT INTO braid_celery_results (task_id, status, meta, expires_at) VALUES ($1, $2, $3, now() + $4::float8 * interval '1 second')
        ON CONFLICT (task_id) DO UPDATE SET status = excluded.status, meta = excluded.meta, expires_at = excluded.expires_at
        WHERE braid_celery_results.status <> 'SUCCESS' OR excluded.status = 'SUCCESS'
        """;

    public async Task StoreAsync(ResultMeta meta, string? replyTo, CancellationToken cancellationToken)
    {
        // PostgreSQL's text knows no NUL; in JSON it is always escaped, and so are its bytes here.
        await _store.ExecuteAsync(int.MaxValue, cancellationToken,
            (Upsert, [meta.TaskId, meta.Status, Encoding.UTF8.GetString(meta.ToJson()), (object?)Expiry ?? DBNull.Value]),
            ("SELECT pg_notify($1, $2)", [PostgresSchema.Channel, meta.TaskId]));
        var last = Interlocked.Read(ref _cleanedUp);
        if (_time.GetElapsedTime(last) > CleanUpPeriod && Interlocked.CompareExchange(ref _cleanedUp, _time.GetTimestamp(), last) == last)
            await CleanUpAsync(cancellationToken);
    }

    public Task CleanUpAsync(CancellationToken cancellationToken) => _store.ExecuteAsync(1, cancellationToken, [.. PostgresSchema.DeleteExpired
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(sql => (sql, Array.Empty<object?>()))]);

    public async Task<bool> ClaimRunAsync(string taskId, string publication, CancellationToken cancellationToken) => await _store.ScalarAsync(10, """
        INSERT INTO braid_celery_runs (task_id, publication, expires_at) VALUES ($1, $2, now() + interval '1 day')
        ON CONFLICT (task_id) DO UPDATE SET task_id = excluded.task_id RETURNING publication
        """, [taskId, publication], cancellationToken) is string first && first == publication;

    public async Task<ResultMeta?> GetAsync(string id, CancellationToken cancellationToken) =>
        await _store.ScalarAsync(10, "SELECT meta FROM braid_celery_results WHERE task_id = $1 AND (expires_at IS NULL OR expires_at > now())", [id], cancellationToken)
            is string json ? ResultMeta.Parse(Encoding.UTF8.GetBytes(json)) with { TaskId = id } : null;

    public async Task<ResultMeta> WaitAsync(string id, CancellationToken cancellationToken)
    {
        ResultWaiter waiter;
        lock (_gate)
        {
            waiter = _waiters.GetOrAdd(id, static _ => new ResultWaiter());
            waiter.Count++;
        }
        try
        {
            // Listening first: what is stored after this is heard, what was stored before is found.
            await _listener.StartAsync(cancellationToken);
            _ = LookAsync(id);
            return await waiter.Completion.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                if (--waiter.Count == 0) _waiters.TryRemove(new(id, waiter));
            }
        }
    }

    private async Task LookAsync(string id)
    {
        if (!_waiters.TryGetValue(id, out var waiter)) return;
        try
        {
            if (await GetAsync(id, CancellationToken.None) is { } meta && TaskStates.IsReady(meta.Status)) waiter.Completion.TrySetResult(meta);
        }
        // Who waits is told; a lost connection was tried again before.
        catch (Exception e) when (e is NpgsqlException or System.Text.Json.JsonException or ObjectDisposedException) { waiter.Completion.TrySetException(e); }
    }

    public Task ForgetAsync(string id, CancellationToken cancellationToken) =>
        _store.ExecuteAsync(10, cancellationToken, ("DELETE FROM braid_celery_results WHERE task_id = $1", [id]));

    public Task SaveGroupAsync(string id, List<object?> tuple, CancellationToken cancellationToken) => _store.ExecuteAsync(10, cancellationToken, ("""
        INSERT INTO braid_celery_groups (group_id, result, expires_at) VALUES ($1, $2, now() + $3::float8 * interval '1 second')
        ON CONFLICT (group_id) DO UPDATE SET result = excluded.result, expires_at = excluded.expires_at
        """, [id, Encoding.UTF8.GetString(PlainValue.ToJson(tuple, CeleryJson.Plain)), (object?)Expiry ?? DBNull.Value]));

    public async Task<List<object?>?> RestoreGroupAsync(string id, CancellationToken cancellationToken) =>
        await _store.ScalarAsync(10, "SELECT result FROM braid_celery_groups WHERE group_id = $1 AND (expires_at IS NULL OR expires_at > now())", [id], cancellationToken)
            is string json ? PlainValue.Parse(json) as List<object?> : null;

    public Task DeleteGroupAsync(string id, CancellationToken cancellationToken) =>
        _store.ExecuteAsync(10, cancellationToken, ("DELETE FROM braid_celery_groups WHERE group_id = $1", [id]));

    private double ChordExpiry => Math.Max(Expiry ?? 0, 86_400);

    public Task SetChordSizeAsync(string groupId, int size, CancellationToken cancellationToken) => _store.ExecuteAsync(10, cancellationToken, ("""
        INSERT INTO braid_celery_chords (group_id, size, is_announced, expires_at) VALUES ($1, $2, true, now() + $3::float8 * interval '1 second')
        ON CONFLICT (group_id) DO UPDATE SET size = excluded.size, is_announced = true
        """, [groupId, (long)size, ChordExpiry]));

    public Task ExtendChordAsync(string groupId, int by, CancellationToken cancellationToken) => _store.ExecuteAsync(1, cancellationToken, ("""
        INSERT INTO braid_celery_chords (group_id, added, expires_at) VALUES ($1, $2, now() + $3::float8 * interval '1 second')
        ON CONFLICT (group_id) DO UPDATE SET added = braid_celery_chords.added + excluded.added
        """, [groupId, (long)by, ChordExpiry]));

    public Task<List<ChordPart>?> AddChordPartAsync(string groupId, long? index, ResultMeta part, CancellationToken cancellationToken) =>
        _store.RunAsync((connection, token) => PostgresChords.AddPartAsync(connection, groupId, index, part, ChordExpiry, token), int.MaxValue, cancellationToken);

    public Task CompleteChordAsync(string groupId, bool failed, CancellationToken cancellationToken) =>
        _store.ExecuteAsync(int.MaxValue, cancellationToken, ("DELETE FROM braid_celery_chords WHERE group_id = $1", [groupId]));

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <summary>All that wait for one task.</summary>
    private sealed class ResultWaiter
    {
        /// <summary>How many wait. Guarded by the backend's gate.</summary>
        internal int Count;

        internal TaskCompletionSource<ResultMeta> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
