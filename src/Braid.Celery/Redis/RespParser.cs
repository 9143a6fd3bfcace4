using System.Buffers.Text;
using System.Text;

namespace Braid.Celery.Redis;

/// <summary>
/// Redis's protocol, version 2 (https://redis.io/docs/latest/develop/reference/protocol-spec/):
/// <code>
/// reply  = "+" text CRLF | "-" text CRLF | ":" integer CRLF
///        | "$" length CRLF bytes CRLF | "$-1" CRLF
///        | "*" count CRLF count × reply | "*-1" CRLF
/// </code>
/// </summary>
internal static class RespParser
{
    /// <summary>Redis's own limit for a string is 512 MB.</summary>
    private const int MaxLength = 512 * 1024 * 1024;

    /// <summary>Reads one reply from the start of <paramref name="source"/>, or tells that more bytes are needed.</summary>
    /// <exception cref="RedisConnectionException">The bytes are not Redis's protocol: the connection cannot go on.</exception>
    internal static bool TryRead(ReadOnlySpan<byte> source, out RespValue value, out int consumed)
    {
        consumed = 0;
        return TryRead(source, ref consumed, out value, depth: 0);
    }

    private static bool TryRead(ReadOnlySpan<byte> source, ref int position, out RespValue value, int depth)
    {
        value = default;
        if (depth > 32) throw new RedisConnectionException("A reply of Redis is nested too deeply.");
        var line = source[position..];
        var end = line.IndexOf("\r\n"u8);
        if (end < 0) return false;
        if (end == 0) throw new RedisConnectionException("A reply of Redis starts with an empty line.");
        var content = line[1..end];
        var next = position + end + 2;
        switch (line[0])
        {
            case (byte)'+': value = RespValue.Bulk(content.ToArray()); break;
            case (byte)'-': value = RespValue.Error(Encoding.UTF8.GetString(content)); break;
            case (byte)':': value = RespValue.Integer(ParseInteger(content)); break;
            case (byte)'$':
                var length = ParseInteger(content);
                if (length < 0) break;
                if (length > MaxLength) throw new RedisConnectionException($"A reply of Redis has {length} bytes; the limit is {MaxLength}.");
                if (source.Length - next < length + 2) return false;
                value = RespValue.Bulk(source.Slice(next, (int)length).ToArray());
                next += (int)length + 2;
                break;
            case (byte)'*':
                var count = ParseInteger(content);
                if (count < 0) break;
                if (count > MaxLength / 4) throw new RedisConnectionException($"A reply of Redis has {count} items.");
                var items = new RespValue[(int)count];
                for (var i = 0; i < items.Length; i++)
                    if (!TryRead(source, ref next, out items[i], depth + 1)) return false;
                value = RespValue.Array(items);
                break;
            default: throw new RedisConnectionException($"A reply of Redis starts with byte {line[0]}, which is not its protocol.");
        }
        position = next;
        return true;
    }

    private static long ParseInteger(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out var used) && used == text.Length
            ? number
            : throw new RedisConnectionException($"'{Encoding.UTF8.GetString(text)}' in a reply of Redis is not an integer.");
}
