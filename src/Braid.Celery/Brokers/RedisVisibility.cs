using System.Collections.Concurrent;
using Braid.Celery.Redis;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Brokers;

/// <summary>
/// Whose messages are whose in <c>unacked_index</c>: renews what this worker holds, restores what lost workers left behind, and brings parked
/// messages back when their time has come.
/// </summary>
/// <remarks><c>held</c> are the delivery tags that this worker has, <c>queues</c> what it serves now.</remarks>
internal sealed class RedisVisibility(RedisBroker broker, RedisClient client, ConcurrentDictionary<string, byte> held, Func<string[]> queues, ILogger logger)
{
    /// <summary>Tends until <paramref name="abandon"/>; after <paramref name="stop"/> it only renews.</summary>
    internal async Task TendAsync(CancellationToken stop, CancellationToken abandon)
    {
        var timeout = broker.Settings.VisibilityTimeout;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(timeout.TotalSeconds / 4, 0.25, 15)), broker.Time);
        try
        {
            do
            {
                try
                {
                    await RenewAsync(abandon);
                    if (stop.IsCancellationRequested) continue;
                    foreach (var queue in queues())
                        await RedisScripts.Unpark.RunAsync(client, [broker.Keys.Parked(queue), broker.Keys.Queue(queue)], [broker.Now()], 1, abandon);
                    await RestoreLostAsync(timeout, abandon);
                }
                catch (Exception e) when (e is RedisConnectionException or RedisErrorException) { BrokerLog.TendingFailed(logger, e.Message); }
            }
            while (await timer.WaitForNextTickAsync(abandon));
        }
        catch (OperationCanceledException) { }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        foreach (var chunk in held.Keys.Chunk(1000))
        {
            // XX: a message that was settled meanwhile must not come back.
            var args = new List<RedisArg> { "ZADD", broker.Keys.UnackedIndex, "XX" };
            foreach (var tag in chunk)
            {
                args.Add(broker.Now());
                args.Add(tag);
            }
            await client.ExecuteAsync(new RedisCommand([.. args]), 1, cancellationToken);
        }
    }

    private async Task RestoreLostAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var lost = await client.ExecuteAsync(new RedisCommand("ZRANGEBYSCORE", broker.Keys.UnackedIndex, "-inf", broker.Now() - timeout.TotalSeconds, "LIMIT", "0", "1000"), 1, cancellationToken);
        foreach (var entry in lost.Items ?? [])
        {
            var tag = entry.Text!;
            if (held.ContainsKey(tag)) continue;
            var stored = await client.ExecuteAsync(new RedisCommand("HGET", broker.Keys.Unacked, tag), 1, cancellationToken);
            if (stored.Bytes is not { } json)
            {
                await client.ExecuteAsync(new RedisCommand("ZREM", broker.Keys.UnackedIndex, tag), 1, cancellationToken);
                continue;
            }
            var record = UnackedRecord.Read(json);
            if (await QueueOfAsync(record, cancellationToken) is not { } queue) continue;
            if (await RestoreAsync(tag, queue, RedisDelivery.MarkRedelivered(record.Envelope), 1, cancellationToken))
                BrokerLog.Restored(logger, tag, queue, timeout);
        }
    }

    /// <summary>The queue that a message was taken from; null when its exchange leads nowhere.</summary>
    private async Task<string?> QueueOfAsync(UnackedRecord record, CancellationToken cancellationToken)
    {
        if (record.Exchange.Length == 0) return record.RoutingKey.Length > 0 ? record.RoutingKey : queues().FirstOrDefault() ?? "celery";
        var members = await client.ExecuteAsync(new RedisCommand("SMEMBERS", broker.Keys.Binding(record.Exchange)), 1, cancellationToken);
        return RedisKeys.Match(members.Items ?? [], record.RoutingKey).FirstOrDefault();
    }

    /// <summary>Moves a message from <c>unacked</c> back to the front of a queue. False when another has settled or restored it.</summary>
    internal async Task<bool> RestoreAsync(string tag, string queue, byte[] envelope, int attempts, CancellationToken cancellationToken)
    {
        var reply = await RedisScripts.Restore.RunAsync(client, [broker.Keys.Unacked, broker.Keys.UnackedIndex, broker.Keys.Queue(queue)],
            [tag, envelope], attempts, cancellationToken);
        return reply.AsInteger() == 1;
    }
}
