using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Braid.Celery.Wire;

/// <summary>
/// The values that JSON, AMQP tables and MessagePack have in common, as ordinary objects: null, bool, long, BigInteger, double, string,
/// byte[], <see cref="List{T}"/> and <see cref="Dictionary{TKey,TValue}"/>. What is not interpreted (a signature's arguments, a custom
/// header) passes through the worker in this form and leaves it unchanged.
/// </summary>
internal static class PlainValue
{
    /// <summary>Deeper nesting than this is refused as poison: Python's own decoder stops near 1,000.</summary>
    internal const int MaxDepth = 512;

    internal static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };
    internal static readonly JsonWriterOptions WriterOptions = new() { MaxDepth = MaxDepth, SkipValidation = true };

    internal static object? Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        reader.Read();
        var value = Read(ref reader);
        if (reader.Read()) throw new JsonException("Something follows the JSON value.");
        return value;
    }

    internal static object? Parse(string json) => Parse(Encoding.UTF8.GetBytes(json));

    /// <summary>Reads the value that the reader stands on, and leaves it on that value's last token.</summary>
    internal static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null: return null;
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.String: return reader.GetString();
            case JsonTokenType.Number: return ReadNumber(ref reader);
            case JsonTokenType.StartArray:
                var list = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) list.Add(Read(ref reader));
                return list;
            case JsonTokenType.StartObject:
                var map = new Dictionary<string, object?>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = reader.GetString()!;
                    reader.Read();
                    map[key] = Read(ref reader);
                }
                return map;
            default: throw new JsonException($"A JSON value was expected, {reader.TokenType} was found.");
        }
    }

    private static object ReadNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var integer)) return integer;
        if (reader.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0
            && BigInteger.TryParse(Encoding.ASCII.GetString(reader.ValueSpan), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var big)) return big;
        return reader.GetDouble();
    }

    /// <summary>Writes a plain value, a signature, or any object that the JSON options can serialize.</summary>
    internal static void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case double number: WriteDouble(writer, number); break;
            case BigInteger number: writer.WriteRawValue(number.ToString(CultureInfo.InvariantCulture), skipInputValidation: true); break;
            case List<object?> list:
                writer.WriteStartArray();
                foreach (var item in list) Write(writer, item, options);
                writer.WriteEndArray();
                break;
            case Dictionary<string, object?> map:
                writer.WriteStartObject();
                foreach (var (key, item) in map)
                {
                    writer.WritePropertyName(key);
                    Write(writer, item, options);
                }
                writer.WriteEndObject();
                break;
            default: JsonSerializer.Serialize(writer, value, value.GetType(), options); break;
        }
    }

    /// <summary>A Python float keeps its point: <c>2.0</c>, not <c>2</c>, which Python would read as an int.</summary>
    internal static void WriteDouble(Utf8JsonWriter writer, double number)
    {
        Span<char> text = stackalloc char[32];
        if (!double.IsFinite(number))
        {
            writer.WriteRawValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity", skipInputValidation: true);
            return;
        }
        number.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        text[..length].Replace('E', 'e');
        if (text[..length].IndexOfAny('.', 'e') < 0)
        {
            text[length++] = '.';
            text[length++] = '0';
        }
        writer.WriteRawValue(text[..length], skipInputValidation: true);
    }

    internal static byte[] ToJson(object? value, JsonSerializerOptions options)
    {
        using var stream = new PooledWriter();
        using (var writer = new Utf8JsonWriter(stream, WriterOptions)) Write(writer, value, options);
        return stream.ToArray();
    }

    // Readers of optional members: a member of another type counts as absent, except where a caller wants to know.

    internal static string? Text(this Dictionary<string, object?> map, string key) => map.GetValueOrDefault(key) as string;

    internal static double? Number(object? value) => value switch
    {
        long number => number,
        int number => number,
        double number => number,
        BigInteger number => (double)number,
        _ => null,
    };

    internal static double? Number(this Dictionary<string, object?> map, string key) => Number(map.GetValueOrDefault(key));

    internal static Dictionary<string, object?>? Map(this Dictionary<string, object?> map, string key) =>
        map.GetValueOrDefault(key) as Dictionary<string, object?>;

    internal static List<object?>? List(this Dictionary<string, object?> map, string key) => map.GetValueOrDefault(key) as List<object?>;

    internal static bool Flag(this Dictionary<string, object?> map, string key) =>
        map.GetValueOrDefault(key) switch { bool flag => flag, long number => number != 0, _ => false };

    /// <summary>A deep copy, so that two messages never share a list that one of them changes.</summary>
    internal static object? Clone(object? value) => value switch
    {
        List<object?> list => list.ConvertAll(Clone),
        Dictionary<string, object?> map => CloneMap(map),
        _ => value,
    };

    internal static Dictionary<string, object?> CloneMap(Dictionary<string, object?> map)
    {
        var copy = new Dictionary<string, object?>(map.Count, StringComparer.Ordinal);
        foreach (var (key, item) in map) copy[key] = Clone(item);
        return copy;
    }
}
