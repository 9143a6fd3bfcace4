using Braid.Celery.Backends.Postgres;
using Npgsql;

namespace Braid.Celery.Beat;

/// <summary>
/// Beats that share a PostgreSQL. Who leads holds an advisory lock, and with it a session that the server ends when nothing was heard in it for
/// the lease (<c>idle_session_timeout</c>, PostgreSQL 14). Claims go through that same session, so one that was ended can claim nothing.
/// </summary>
internal sealed class PostgresBeatStore(PostgresStore store, string app) : IBeatStore
{
    private NpgsqlConnection? _session;

    public async Task<long?> LeadAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        if (_session is { } present)
        {
            try
            {
                await using var renew = new NpgsqlCommand("SELECT 1", present);
                await renew.ExecuteScalarAsync(cancellationToken);
                return 1;
            }
            catch (NpgsqlException) { await DropAsync(); }
        }
        var session = await store.OpenAsync(cancellationToken);
        try
        {
            await using var lead = new NpgsqlCommand("SELECT set_config('idle_session_timeout', $1, false), pg_try_advisory_lock(hashtextextended($2, 0))", session);
            lead.Parameters.Add(new() { Value = ((long)lease.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture) });
            lead.Parameters.Add(new() { Value = "braid_celery_beat " + app });
            await using (var row = await lead.ExecuteReaderAsync(cancellationToken))
            {
                await row.ReadAsync(cancellationToken);
                if (row.GetBoolean(1)) _session = session;
            }
            return _session is null ? null : 1;
        }
        finally
        {
            // Back to the pool, which resets the session's settings.
            if (_session != session) await session.DisposeAsync();
        }
    }

    public Task<Dictionary<string, BeatMark>> ReadAsync(CancellationToken cancellationToken) => InSessionAsync(async session =>
    {
        await using var read = new NpgsqlCommand("SELECT task, tick, is_sent FROM braid_celery_beat WHERE app = $1", session);
        read.Parameters.Add(new() { Value = app });
        var marks = new Dictionary<string, BeatMark>(StringComparer.Ordinal);
        await using var rows = await read.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) marks[rows.GetString(0)] = new(rows.GetFieldValue<DateTimeOffset>(1), rows.GetBoolean(2));
        return marks;
    });

    public Task<bool> ClaimAsync(long token, string task, DateTimeOffset tick, bool isFirst, CancellationToken cancellationToken) => InSessionAsync(async session =>
    {
        await using var claim = new NpgsqlCommand("""
            INSERT INTO braid_celery_beat AS mark (app, task, tick, is_sent) VALUES ($1, $2, $3, $4)
            ON CONFLICT (app, task) DO UPDATE SET tick = excluded.tick, is_sent = false WHERE NOT excluded.is_sent AND mark.tick < excluded.tick
            """, session);
        foreach (var value in (object[])[app, task, tick.ToUniversalTime(), isFirst]) claim.Parameters.Add(new() { Value = value });
        return await claim.ExecuteNonQueryAsync(cancellationToken) == 1;
    });

    public Task ConfirmAsync(string task, DateTimeOffset tick, CancellationToken cancellationToken) => store.ExecuteAsync(int.MaxValue, cancellationToken,
        ("UPDATE braid_celery_beat SET is_sent = true WHERE app = $1 AND task = $2 AND tick = $3", [app, task, tick.ToUniversalTime()]));

    private async Task<T> InSessionAsync<T>(Func<NpgsqlConnection, Task<T>> step)
    {
        try { return await step(_session ?? throw new BeatDeposedException()); }
        catch (NpgsqlException e) when (PostgresStore.IsTransient(e))
        {
            await DropAsync();
            throw new BeatDeposedException();
        }
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_session is not { } session) return;
        await using (var release = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", session)) await release.ExecuteNonQueryAsync(cancellationToken);
        await DropAsync();
    }

    private async Task DropAsync()
    {
        var session = _session;
        _session = null;
        if (session is not null) await session.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        await store.DisposeAsync();
    }
}
