using Braid.Celery.Redis;
using Npgsql;

namespace Braid.Celery.Backends.Postgres;

/// <summary>One connection that listens, made again after every loss.</summary>
internal sealed class PostgresListener(PostgresStore store, TimeProvider time, Action<string> onStored, Action onListening) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private Task? _running;

    /// <summary>Completes when it listens for the first time.</summary>
    internal Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock) _running ??= Task.Run(ListenAsync, CancellationToken.None);
        return _listening.Task.WaitAsync(cancellationToken);
    }

    private async Task ListenAsync()
    {
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                await using var connection = await store.OpenAsync(_stop.Token);
                connection.Notification += (_, e) => onStored(e.Payload);
                await using (var listen = new NpgsqlCommand($"LISTEN {PostgresSchema.Channel}", connection)) await listen.ExecuteNonQueryAsync(_stop.Token);
                backoff.Reset();
                if (!_listening.TrySetResult()) onListening();
                while (true) await connection.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested) { return; }
            catch (PostgresException e) when (!PostgresStore.IsTransient(e) && _listening.TrySetException(e)) { return; }
            catch (Exception e) when (e is NpgsqlException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                if (_stop.IsCancellationRequested) return;
            }
            try { await backoff.WaitAsync(time, _stop.Token); }
            catch (OperationCanceledException) { return; }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task? running;
        lock (_lock) running = _running;
        if (running is not null) await running;
        _listening.TrySetCanceled();
        _stop.Dispose();
    }
}
