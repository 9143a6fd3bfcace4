using System.Security.Cryptography;
using System.Text;
using Braid.Celery.Redis;

namespace Braid.Celery.Brokers;

/// <summary>A Lua script, called by its hash; Redis gets the text when it does not know it, so also after a restart.</summary>
internal sealed class RedisScript
{
    private readonly string _text;

    // Redis names scripts by SHA-1; nothing secret depends on it.
#pragma warning disable CA5350
    private readonly string _hash;

    internal RedisScript(string text)
    {
        _text = text;
        _hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
    }
#pragma warning restore CA5350

    internal async Task<RespValue> RunAsync(RedisClient client, string[] keys, RedisArg[] args, int attempts, CancellationToken cancellationToken)
    {
        try { return await client.ExecuteAsync(Command("EVALSHA", _hash, keys, args), attempts, cancellationToken); }
        catch (RedisErrorException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await client.ExecuteAsync(Command("EVAL", _text, keys, args), attempts, cancellationToken);
        }
    }

    private static RedisCommand Command(string verb, string script, string[] keys, RedisArg[] args)
    {
        var all = new RedisArg[3 + keys.Length + args.Length];
        all[0] = verb;
        all[1] = script;
        all[2] = keys.Length;
        for (var i = 0; i < keys.Length; i++) all[3 + i] = keys[i];
        args.CopyTo(all, 3 + keys.Length);
        return new RedisCommand(all);
    }
}

/// <summary>
/// The steps that must not be torn apart. A worker that dies between them loses nothing: a message is in a list, or recorded as
/// unacknowledged in kombu's own form, at every moment.
/// </summary>
internal static class RedisScripts
{
    /// <summary>
    /// Takes up to ARGV[1] messages from the lists KEYS[4..], first list first, and records them in unacked (KEYS[1]) and its index
    /// (KEYS[2]) with the time ARGV[2]. ARGV[3] names this call: an envelope that has no delivery tag gets one made of it, and KEYS[3]
    /// tells for an hour what the call took, in case the answer is lost with the connection.
    /// Returns triples: the list's position, the tag, the envelope.
    /// </summary>
    internal static readonly RedisScript Fetch = new("""
        local taken, note = {}, {ARGV[3]}
        local wanted = tonumber(ARGV[1])
        for k = 4, #KEYS do
            if wanted <= 0 then break end
            local items = redis.call('RPOP', KEYS[k], wanted)
            if items then
                for _, raw in ipairs(items) do
                    wanted = wanted - 1
                    local ok, env = pcall(cjson.decode, raw)
                    local tag, exchange, key = nil, '', ''
                    if ok and type(env) == 'table' and type(env.properties) == 'table' then
                        if type(env.properties.delivery_tag) == 'string' then tag = env.properties.delivery_tag end
                        local info = env.properties.delivery_info
                        if type(info) == 'table' then
                            if type(info.exchange) == 'string' then exchange = info.exchange end
                            if type(info.routing_key) == 'string' then key = info.routing_key end
                        end
                    end
                    if not tag then
                        tag = ARGV[3] .. ':' .. #taken
                        raw = ok and raw or cjson.encode(raw)
                    end
                    redis.call('ZADD', KEYS[2], ARGV[2], tag)
                    redis.call('HSET', KEYS[1], tag, '[' .. raw .. ', ' .. cjson.encode(exchange) .. ', ' .. cjson.encode(key) .. ']')
                    taken[#taken + 1] = k - 3
                    taken[#taken + 1] = tag
                    taken[#taken + 1] = raw
                    note[#note + 1] = (k - 3) .. ' ' .. tag
                end
            end
        end
        if #note > 1 then redis.call('SETEX', KEYS[3], 3600, table.concat(note, '\n')) end
        return taken
        """);

    /// <summary>
    /// Moves message ARGV[1] out of unacked (KEYS[1], KEYS[2]) to the right end of list KEYS[3], which is taken first, in the form ARGV[2].
    /// Does nothing when another has settled or restored it. Returns whether it did.
    /// </summary>
    internal static readonly RedisScript Restore = new("""
        if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('RPUSH', KEYS[3], ARGV[2])
        return 1
        """);

    /// <summary>As <see cref="Restore"/>, to the dead-letter list KEYS[3], of which the newest ARGV[3] are kept.</summary>
    internal static readonly RedisScript Bury = new("""
        redis.call('ZREM', KEYS[2], ARGV[1])
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('LPUSH', KEYS[3], ARGV[2])
        redis.call('LTRIM', KEYS[3], 0, ARGV[3] - 1)
        return 1
        """);

    /// <summary>As <see cref="Restore"/>, to the sorted set KEYS[3] with the time ARGV[3].</summary>
    internal static readonly RedisScript Park = new("""
        if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
        return 1
        """);

    /// <summary>Brings up to 1,000 messages parked in KEYS[1] until ARGV[1] back to list KEYS[2]. Returns their number.</summary>
    internal static readonly RedisScript Unpark = new("""
        local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1000)
        for _, raw in ipairs(due) do
            redis.call('ZREM', KEYS[1], raw)
            redis.call('RPUSH', KEYS[2], raw)
        end
        return #due
        """);
}
