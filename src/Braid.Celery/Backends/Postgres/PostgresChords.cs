using System.Text;
using Npgsql;

namespace Braid.Celery.Backends.Postgres;

/// <summary>Counting a chord's parts. The chord's row is the lock: parts of one chord are counted one after the other.</summary>
internal static class PostgresChords
{
    internal static async Task<List<ChordPart>?> AddPartAsync(NpgsqlConnection connection, string groupId, long? index, ResultMeta part, double expiry, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var add = new NpgsqlBatch(connection, transaction))
        {
            // A part may come before the chord's size is known, where a client is slow.
            add.BatchCommands.Add(PostgresStore.Fill(new("INSERT INTO braid_celery_chords (group_id, expires_at) VALUES ($1, now() + $2::float8 * interval '1 second') ON CONFLICT DO NOTHING"), [groupId, expiry]));
            add.BatchCommands.Add(PostgresStore.Fill(new("SELECT 1 FROM braid_celery_chords WHERE group_id = $1 FOR UPDATE"), [groupId]));
            add.BatchCommands.Add(PostgresStore.Fill(new("INSERT INTO braid_celery_chord_parts (group_id, task_id, place, state, result) VALUES ($1, $2, $3::bigint, $4, $5) ON CONFLICT DO NOTHING"),
                [groupId, part.TaskId, index is { } i ? i : DBNull.Value, part.Status, Encoding.UTF8.GetString(part.Result.Span)]));
            await add.ExecuteNonQueryAsync(cancellationToken);
        }
        List<ChordPart>? parts = null;
        if (await ClaimAsync(connection, transaction, groupId, cancellationToken))
        {
            await using var read = new NpgsqlCommand("SELECT task_id, state, result FROM braid_celery_chord_parts WHERE group_id = $1 ORDER BY place NULLS LAST, number", connection, transaction);
            read.Parameters.Add(new() { Value = groupId });
            await using var rows = await read.ExecuteReaderAsync(cancellationToken);
            parts = [];
            while (await rows.ReadAsync(cancellationToken)) parts.Add(new(rows.GetString(0), rows.GetString(1), Encoding.UTF8.GetBytes(rows.GetString(2))));
        }
        await transaction.CommitAsync(cancellationToken);
        return parts;
    }

    /// <summary>True for one caller, for a minute, once all parts are there.</summary>
    private static async Task<bool> ClaimAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string groupId, CancellationToken cancellationToken)
    {
        await using var claim = new NpgsqlCommand("""
            UPDATE braid_celery_chords SET claimed_until = now() + interval '1 minute'
            WHERE group_id = $1 AND is_announced AND (claimed_until IS NULL OR claimed_until < now())
              AND (SELECT count(*) FROM braid_celery_chord_parts WHERE group_id = $1) >= size + added
            """, connection, transaction);
        claim.Parameters.Add(new() { Value = groupId });
        return await claim.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
