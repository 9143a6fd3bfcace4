using System.Text;
using Braid.Celery.Redis;

namespace Braid.Celery.Tests.Redis;

public sealed class RespParserTests
{
    [Fact]
    public void Every_prefix_of_a_reply_asks_for_more_and_the_whole_is_read()
    {
        var bytes = Encoding.UTF8.GetBytes("*5\r\n+OK\r\n:-42\r\n$6\r\nhe\r\nlo\r\n$-1\r\n*1\r\n-ERR no\r\nrest");
        for (var length = 0; length < bytes.Length - 4; length++)
            Assert.False(RespParser.TryRead(bytes.AsSpan(0, length), out _, out _));
        Assert.True(RespParser.TryRead(bytes, out var value, out var consumed));
        Assert.Equal(bytes.Length - 4, consumed);
        Assert.Equal("[OK, -42, he\r\nlo, (nil), [ERR no]]", value.ToString());
    }

    [Theory]
    [InlineData("?\r\n")]
    [InlineData("\r\n")]
    [InlineData(":12x\r\n")]
    [InlineData("$999999999999\r\n")]
    [InlineData("*99999999999\r\n")]
    public void What_is_not_the_protocol_ends_the_connection(string text) =>
        Assert.Throws<RedisConnectionException>(() => RespParser.TryRead(Encoding.UTF8.GetBytes(text), out _, out _));

    [Theory]
    [InlineData("redis://", "localhost", 6379, 0, null, null, false)]
    [InlineData("redis://h:1/2", "h", 1, 2, null, null, false)]
    [InlineData("rediss://:p%40ss@h", "h", 6379, 0, null, "p@ss", true)]
    [InlineData("redis://u:p@h:7/3", "h", 7, 3, "u", "p", false)]
    public void URLs_are_read_as_redis_py_reads_them(string url, string host, int port, int database, string? user, string? password, bool tls)
    {
        var endpoint = RedisEndpoint.Parse(url);
        Assert.Equal((host, port, database, user, password, tls), (endpoint.Host, endpoint.Port, endpoint.Database, endpoint.User, endpoint.Password, endpoint.Tls));
    }
}
