namespace Braid.Celery.Redis;

/// <summary>
/// Commands to one Redis on one pipelined connection that is made when needed and made again after a loss.
/// </summary>
internal sealed class RedisClient : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly string _name;
    private readonly SemaphoreSlim _connecting = new(1);
    private volatile RedisConnection? _connection;
    private volatile bool _disposed;

    internal RedisClient(RedisEndpoint endpoint, string name, TimeProvider time)
    {
        Endpoint = endpoint;
        _name = name;
        _time = time;
    }

    internal RedisEndpoint Endpoint { get; }

    internal TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Sends a command and returns its reply. With <paramref name="attempts"/> above 1 it is sent again after a lost connection or a
    /// transient error (loading, out of memory), so it must bear being carried out twice.
    /// </summary>
    /// <exception cref="RedisConnectionException">The last attempt found no connection.</exception>
    /// <exception cref="RedisErrorException">Redis answered with an error.</exception>
    internal async Task<RespValue> ExecuteAsync(RedisCommand command, int attempts = 1, CancellationToken cancellationToken = default)
    {
        var replies = await ExecuteAllAsync(command, attempts, cancellationToken);
        return replies[^1];
    }

    /// <summary>As <see cref="ExecuteAsync(RedisCommand,int,CancellationToken)"/>, for all replies of a batch.</summary>
    internal async Task<RespValue[]> ExecuteAllAsync(RedisCommand command, int attempts = 1, CancellationToken cancellationToken = default)
    {
        Backoff? backoff = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = _connection is { IsOpen: true } open ? open : await ConnectAsync(cancellationToken);
                var replies = await connection.SendAsync(command).WaitAsync(cancellationToken);
                foreach (var reply in replies) reply.OrThrow();
                return replies;
            }
            catch (RedisConnectionException) when (attempt < attempts && !_disposed) { }
            catch (RedisErrorException e) when (e.IsTransient && attempt < attempts && !_disposed) { }
            await (backoff ??= new Backoff()).WaitAsync(_time, cancellationToken);
        }
    }

    internal Task<RespValue> ExecuteAsync(params ReadOnlySpan<RedisArg> args) => ExecuteAsync(new RedisCommand(args));

    private async Task<RedisConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { IsOpen: true } open) return open;
            if (_connection is { } broken) await broken.DisposeAsync();
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(ConnectTimeout);
            try { return _connection = await RedisConnection.OpenAsync(Endpoint, _name, null, timeout.Token); }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new RedisConnectionException($"Redis at {Endpoint} did not answer within {ConnectTimeout.TotalSeconds} seconds.", e);
            }
        }
        finally { _connecting.Release(); }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _connecting.WaitAsync();
        try
        {
            if (_connection is { } connection) await connection.DisposeAsync();
            _connection = null;
        }
        finally { _connecting.Release(); }
    }
}
