using System.Globalization;
using System.Text;

namespace Braid.Celery.Redis;

/// <summary>One reply of Redis: a string, an integer, an array, an error, or nothing.</summary>
internal readonly struct RespValue
{
    internal static readonly RespValue Null;

    private readonly object? _value;
    private readonly long _integer;

    private RespValue(object? value, long integer)
    {
        _value = value;
        _integer = integer;
    }

    internal static RespValue Bulk(byte[] value) => new(value, 0);
    internal static RespValue Integer(long value) => new(IntegerTag, value);
    internal static RespValue Array(RespValue[] items) => new(items, 0);
    internal static RespValue Error(string message) => new(new RespError(message), 0);

    private static readonly object IntegerTag = new();

    private sealed record RespError(string Message);

    internal bool IsNull => _value is null;
    internal string? ErrorMessage => (_value as RespError)?.Message;
    internal byte[]? Bytes => _value as byte[];
    internal RespValue[]? Items => _value as RespValue[];

    internal string? Text => _value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null;

    internal long AsInteger() => ReferenceEquals(_value, IntegerTag) ? _integer
        : _value is byte[] bytes && long.TryParse(bytes, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RedisErrorException($"Redis was expected to answer with an integer, not {this}.");

    /// <summary>This reply, or its error as an exception.</summary>
    internal RespValue OrThrow() => _value is RespError error ? throw new RedisErrorException(error.Message) : this;

    public override string ToString() => _value switch
    {
        null => "(nil)",
        byte[] => Text!,
        RespValue[] items => $"[{string.Join(", ", items)}]",
        RespError error => error.Message,
        _ => _integer.ToString(CultureInfo.InvariantCulture),
    };
}
