using Braid.Celery.Redis;
using Npgsql;

namespace Braid.Celery.Backends.Postgres;

/// <summary>A pool of connections and the tables behind it, made when first needed. What fails by the network is tried again.</summary>
internal sealed class PostgresStore(string url, TimeProvider time) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(PostgresUrl.Parse(url));
    private readonly SemaphoreSlim _making = new(1);
    private volatile bool _isMade;

    /// <summary>Runs a step on a connection, again and again while only the connection is at fault; so it must bear being carried out twice.</summary>
    /// <exception cref="PostgresException">PostgreSQL refused it.</exception>
    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> step, int attempts, CancellationToken cancellationToken)
    {
        Backoff? backoff = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await OpenAsync(cancellationToken);
                return await step(connection, cancellationToken);
            }
            catch (NpgsqlException e) when (attempt < attempts && IsTransient(e)) { }
            await (backoff ??= new Backoff()).WaitAsync(time, cancellationToken);
        }
    }

    /// <summary>The connection, a deadlock, or a server that starts, stops or is full: 57P0x, 53xxx.</summary>
    internal static bool IsTransient(NpgsqlException e) =>
        e.IsTransient || e is not PostgresException || e is PostgresException { SqlState: ['5', '7', 'P', ..] or ['5', '3', ..] or "40001" or "40P01" };

    internal async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            if (!_isMade) await MakeAsync(connection, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task MakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            if (_isMade) return;
            await using var command = new NpgsqlCommand(PostgresSchema.Create, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            _isMade = true;
        }
        finally { _making.Release(); }
    }

    /// <summary>Runs statements with parameters $1, $2… in one transaction.</summary>
    internal Task<int> ExecuteAsync(int attempts, CancellationToken cancellationToken, params (string Sql, object?[] Parameters)[] statements) =>
        RunAsync(async (connection, token) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var (sql, parameters) in statements) batch.BatchCommands.Add(Fill(new NpgsqlBatchCommand(sql), parameters));
            return await batch.ExecuteNonQueryAsync(token);
        }, attempts, cancellationToken);

    /// <summary>The first column of the first row; null when there is none.</summary>
    internal Task<object?> ScalarAsync(int attempts, string sql, object?[] parameters, CancellationToken cancellationToken) =>
        RunAsync(async (connection, token) =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            var found = await command.ExecuteScalarAsync(token);
            return found is DBNull ? null : found;
        }, attempts, cancellationToken);

    internal static NpgsqlBatchCommand Fill(NpgsqlBatchCommand command, object?[] parameters)
    {
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _making.Dispose();
    }
}
