using Braid.Celery.Redis;

namespace Braid.Celery.Brokers;

/// <summary>
/// One connection a list, each blocked in <c>BLMOVE list list RIGHT RIGHT</c>: it returns at once when the list has an element, and
/// leaves the list as it was.
/// </summary>
internal sealed class RedisListWaiters(RedisBroker broker) : IAsyncDisposable
{
    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (RedisClient Client, Task<RespValue> Waiting)> _waiting = new(StringComparer.Ordinal);

    internal async Task WaitAsync(string[] lists, SemaphoreSlim freed, CancellationToken cancellationToken)
    {
        foreach (var list in lists)
        {
            if (_waiting.TryGetValue(list, out var present) && !present.Waiting.IsCompleted) continue;
            if (present.Waiting is { IsFaulted: true } failed)
            {
                // Observed here: the failure is why this loop pauses.
                _waiting[list] = (present.Client, Task.FromResult(RespValue.Null));
                await failed;
            }
            var client = present.Client ?? broker.NewClient("waiter");
            _waiting[list] = (client, client.ExecuteAsync("BLMOVE", list, list, "RIGHT", "RIGHT", (long)WaitAtMost.TotalSeconds));
        }
        // A change of queues or prefetch, or a question, also ends the wait.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changed = freed.WaitAsync(ended.Token);
        await Task.WhenAny([changed, .. _waiting.Values.Select(w => w.Waiting)]);
        await ended.CancelAsync();
        await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (client, waiting) in _waiting.Values)
        {
            await client.DisposeAsync();
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
