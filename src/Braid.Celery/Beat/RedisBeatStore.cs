using System.Globalization;
using Braid.Celery.Brokers;
using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Beat;

/// <summary>
/// Beats that share a Redis. <c>braid.beat.APP.leader</c> holds the leader's id while its lease runs, <c>….token</c> counts the changes
/// of leader, <c>….ticks</c> holds "microseconds sent" a task. Redis alone measures the lease.
/// </summary>
internal sealed class RedisBeatStore(RedisClient client, string prefix, string app) : IBeatStore
{
    private readonly string _leader = $"{prefix}braid.beat.{app}.leader";
    private readonly string _token = $"{prefix}braid.beat.{app}.token";
    private readonly string _ticks = $"{prefix}braid.beat.{app}.ticks";
    private readonly string _self = Guid.NewGuid().ToString();

    private static readonly RedisScript Lead = new("""
        local holder = redis.call('GET', KEYS[1])
        if holder == ARGV[1] then
            redis.call('PEXPIRE', KEYS[1], ARGV[2])
            return tonumber(redis.call('GET', KEYS[2]))
        end
        if holder then return false end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return redis.call('INCR', KEYS[2])
        """);

    // The token is compared, not the lease: as long as nobody else became the leader, a late claim harms nobody.
    private static readonly RedisScript Claim = new("""
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
        local mark = redis.call('HGET', KEYS[2], ARGV[2])
        if mark and (ARGV[4] == '1' or tonumber(string.match(mark, '^%d+')) >= tonumber(ARGV[3])) then return 0 end
        redis.call('HSET', KEYS[2], ARGV[2], ARGV[3] .. ' ' .. ARGV[4])
        return 1
        """);

    private static readonly RedisScript Confirm = new("""
        if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] .. ' 0' then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' 1') end
        return 1
        """);

    private static readonly RedisScript Send = new("""
        if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] .. ' 0' then return 0 end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' 1')
        if ARGV[4] ~= ARGV[5] then redis.call('SELECT', ARGV[5]) end
        redis.call('LPUSH', KEYS[2], ARGV[3])
        return 1
        """);

    private static readonly RedisScript Release = new("""
        if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
        return 1
        """);

    public async Task<long?> LeadAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var reply = await Lead.RunAsync(client, [_leader, _token], [_self, (long)lease.TotalMilliseconds], 1, cancellationToken);
        return reply.IsNull ? null : reply.AsInteger();
    }

    public async Task<Dictionary<string, BeatMark>> ReadAsync(CancellationToken cancellationToken)
    {
        var reply = await client.ExecuteAsync(new RedisCommand("HGETALL", _ticks), 1, cancellationToken);
        var items = reply.Items ?? [];
        var marks = new Dictionary<string, BeatMark>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < items.Length; i += 2)
        {
            var parts = items[i + 1].Text!.Split(' ');
            marks[items[i].Text!] = new(DateTimeOffset.UnixEpoch.AddTicks(10 * long.Parse(parts[0], CultureInfo.InvariantCulture)), parts[^1] == "1");
        }
        return marks;
    }

    public async Task<bool> ClaimAsync(long token, string task, DateTimeOffset tick, bool isFirst, CancellationToken cancellationToken)
    {
        var reply = await Claim.RunAsync(client, [_token, _ticks], [token, task, Microseconds(tick), isFirst ? "1" : "0"], 1, cancellationToken);
        return reply.AsInteger() switch { 1 => true, 0 => false, _ => throw new BeatDeposedException() };
    }

    public async Task<bool> TrySendAsync(IBroker broker, OutgoingMessage message, string task, DateTimeOffset tick, int attempts, CancellationToken cancellationToken)
    {
        if (broker is not RedisBroker redis || message.Exchange.Length > 0) return false;
        if (redis.Endpoint.Host != client.Endpoint.Host || redis.Endpoint.Port != client.Endpoint.Port) return false;
        var list = redis.Keys.Queue(message.RoutingKey, message.Properties.Priority ?? 0);
        var envelope = RedisEnvelope.Write(message, Guid.NewGuid().ToString(), CeleryJson.Plain);
        await Send.RunAsync(client, [_ticks, list], [task, Microseconds(tick), envelope, client.Endpoint.Database, redis.Endpoint.Database], attempts, cancellationToken);
        return true;
    }

    // Repeated until it is told: an unconfirmed tick is sent again by the next leader.
    public Task ConfirmAsync(string task, DateTimeOffset tick, CancellationToken cancellationToken) =>
        Confirm.RunAsync(client, [_ticks], [task, Microseconds(tick)], int.MaxValue, cancellationToken);

    public Task ReleaseAsync(CancellationToken cancellationToken) => Release.RunAsync(client, [_leader], [_self], 1, cancellationToken);

    /// <summary>Lua's numbers hold it exactly until the year 2255.</summary>
    private static long Microseconds(DateTimeOffset tick) => (tick - DateTimeOffset.UnixEpoch).Ticks / 10;

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
