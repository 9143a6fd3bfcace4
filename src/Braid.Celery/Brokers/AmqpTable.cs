using System.Collections;
using System.Numerics;
using System.Text;
using Braid.Celery.Wire;
using RabbitMQ.Client;

namespace Braid.Celery.Brokers;

/// <summary>Header tables between AMQP and plain values.</summary>
internal static class AmqpTable
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    internal static Dictionary<string, object?> Read(IDictionary<string, object?>? table)
    {
        var map = new Dictionary<string, object?>(table?.Count ?? 0, StringComparer.Ordinal);
        if (table is not null)
            foreach (var (key, value) in table) map[key] = Value(value);
        return map;
    }

    private static object? Value(object? value) => value switch
    {
        byte[] bytes => Text(bytes),
        sbyte or byte or short or ushort or int or uint => Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture),
        ulong number => number <= long.MaxValue ? (object)(long)number : new BigInteger(number),
        float number => (double)number,
        decimal number => (double)number,
        AmqpTimestamp time => PythonTime.Format(DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(time.UnixTime, -62_135_596_800, 253_402_300_799))),
        IDictionary<string, object?> inner => Read(inner),
        IList list => list.Cast<object?>().Select(Value).ToList(),
        BinaryTableValue binary => binary.Bytes,
        _ => value,
    };

    private static object Text(byte[] bytes)
    {
        try { return StrictUtf8.GetString(bytes); }
        catch (DecoderFallbackException) { return bytes; }
    }

    /// <summary>The map itself where AMQP knows all its values, which is nearly always; else a table of what they become.</summary>
    internal static IDictionary<string, object?> Write(Dictionary<string, object?> map)
    {
        if (IsField(map)) return map;
        var table = new Dictionary<string, object?>(map.Count, StringComparer.Ordinal);
        foreach (var (key, value) in map) table[key] = Field(value);
        return table;
    }

    private static bool IsField(object? value)
    {
        switch (value)
        {
            case null or string or bool or long or int or double or byte[]: return true;
            case Dictionary<string, object?> map:
                foreach (var (_, inner) in map) if (!IsField(inner)) return false;
                return true;
            case List<object?> list:
                foreach (var inner in list) if (!IsField(inner)) return false;
                return true;
            default: return false;
        }
    }

    private static object? Field(object? value) => value switch
    {
        null or string or bool or long or int or double or byte[] => value,
        Dictionary<string, object?> map => Write(map),
        List<object?> list => list.ConvertAll(Field),
        IDictionary<string, object?> map => Write(new(map)),
        Guid or DateTime or DateTimeOffset or decimal or BigInteger => PlainValue.Parse(PlainValue.ToJson(value, CeleryJson.Plain)) switch
        {
            BigInteger big => big.ToString(System.Globalization.CultureInfo.InvariantCulture),
            var plain => plain,
        },
        _ => Field(PlainValue.Parse(PlainValue.ToJson(value, CeleryJson.Plain))),
    };
}
