using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Braid.Celery.Wire;

/// <summary>
/// The body of a task message as JSON: <c>[args, kwargs, {callbacks, errbacks, chain, chord}]</c>. Arguments stay raw bytes until they are
/// read straight into the parameters of the task's method.
/// </summary>
internal readonly struct TaskBody
{
    private static readonly byte[] EmptyArray = "[]"u8.ToArray();
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    public ReadOnlyMemory<byte> Args { get; init; }
    public ReadOnlyMemory<byte> Kwargs { get; init; }
    public EmbeddedSignatures Embedded { get; init; }

    /// <summary>Reads a body of protocol 2.</summary>
    /// <exception cref="PoisonMessageException">The content type is refused, or the body is not what it says.</exception>
    internal static TaskBody Read(ReadOnlyMemory<byte> body, string? contentType, string? compression)
    {
        if (compression is not null) body = Compression.Decompress(body, compression);
        var json = ToJson(body, contentType);
        try { return ReadJson(json); }
        catch (JsonException e)
        {
            // Python writes NaN and Infinity bare, which is not JSON.
            if (NonFinite.TryQuote(json.Span) is { } quoted)
            {
                try { return ReadJson(quoted); }
                catch (JsonException) { }
            }
            throw new PoisonMessageException($"The body is not the JSON of a task: {e.Message}", e);
        }
    }

    private static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> body, string? contentType)
    {
        switch (contentType)
        {
            case "application/json" or null: return body;
            // A body is a list whatever it is called: what comes as text is JSON.
            case "text/plain" or "application/text": return body;
            case "application/x-msgpack":
                return PlainValue.ToJson(MessagePackCodec.Read(body.Span), CeleryJson.Typed);
            case "application/x-python-serialize":
                throw new PoisonMessageException("The body is a Python pickle. Pickle runs code while it is read and is refused: set task_serializer to 'json' or 'msgpack'.");
            case "application/x-yaml":
                throw new PoisonMessageException("The body is YAML, which this worker does not read: set task_serializer to 'json' or 'msgpack'.");
            default: throw new PoisonMessageException($"The content type '{contentType}' is not accepted: 'application/json' and 'application/x-msgpack' are.");
        }
    }

    private static TaskBody ReadJson(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, PlainValue.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw new PoisonMessageException("The body is not a list of args, kwargs and options.");
        reader.Read();
        var args = Slice(ref reader, json, JsonTokenType.StartArray, "args is not a list");
        reader.Read();
        var kwargs = Slice(ref reader, json, JsonTokenType.StartObject, "kwargs is not an object");
        reader.Read();
        var embedded = reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadEmbedded(ref reader),
            JsonTokenType.Null or JsonTokenType.EndArray => EmbeddedSignatures.None,
            _ => throw new PoisonMessageException("The third part of the body is not an object."),
        };
        while (reader.TokenType != JsonTokenType.EndArray || reader.CurrentDepth > 0) if (!reader.Read()) break;
        return new TaskBody { Args = args, Kwargs = kwargs, Embedded = embedded };
    }

    private static ReadOnlyMemory<byte> Slice(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, JsonTokenType expected, string reason)
    {
        if (reader.TokenType == JsonTokenType.Null) return expected == JsonTokenType.StartArray ? EmptyArray : EmptyObject;
        if (reader.TokenType != expected) throw new PoisonMessageException($"The body's {reason}.");
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>Nearly every task embeds nothing: four nulls are read without an allocation.</summary>
    private static EmbeddedSignatures ReadEmbedded(ref Utf8JsonReader reader)
    {
        var ahead = reader;
        var empty = true;
        while (empty && ahead.Read() && ahead.TokenType != JsonTokenType.EndObject)
        {
            ahead.Read();
            empty = ahead.TokenType == JsonTokenType.Null;
        }
        if (empty)
        {
            reader = ahead;
            return EmbeddedSignatures.None;
        }
        return EmbeddedSignatures.Read((Dictionary<string, object?>)PlainValue.Read(ref reader)!);
    }

    /// <summary>Reads a message of protocol 1, whose body holds everything.</summary>
    internal static (TaskHeaders Headers, TaskBody Body) ReadProtocol1(ReadOnlyMemory<byte> body, string? contentType, string? compression)
    {
        if (compression is not null) body = Compression.Decompress(body, compression);
        object? value;
        try { value = PlainValue.Parse(ToJson(body, contentType).Span); }
        catch (JsonException e) { throw new PoisonMessageException($"The body is not JSON, and there are no headers: {e.Message}", e); }
        if (value is not Dictionary<string, object?> map || map.Text("task") is not { } task || map.Text("id") is not { } id)
            throw new PoisonMessageException("The message is no task: there is neither a 'task' header nor a 'task' in the body.");
        var (hard, soft) = TaskHeaders.Limits(map.GetValueOrDefault("timelimit"));
        var headers = new TaskHeaders
        {
            Task = task,
            Id = id,
            Eta = TaskHeaders.Time("eta", map.GetValueOrDefault("eta")),
            Expires = TaskHeaders.Time("expires", map.GetValueOrDefault("expires")),
            Group = map.Text("group") ?? map.Text("taskset"),
            GroupIndex = map.GetValueOrDefault("group_index") as long?,
            Retries = map.Number("retries") is { } retries and >= 0 and < int.MaxValue ? (int)retries : 0,
            HardLimit = hard,
            SoftLimit = soft,
            RootId = id,
        };
        var args = map.GetValueOrDefault("args") as List<object?> ?? [];
        var kwargs = map.Map("kwargs") ?? [];
        headers.ArgsRepr = PythonRepr.Of(args);
        headers.KwargsRepr = PythonRepr.Of(kwargs);
        return (headers, new TaskBody
        {
            Args = PlainValue.ToJson(args, CeleryJson.Typed),
            Kwargs = PlainValue.ToJson(kwargs, CeleryJson.Typed),
            Embedded = EmbeddedSignatures.Read(map),
        });
    }

    /// <summary>The body again, in protocol 2's form: the arguments are the bytes that came.</summary>
    internal byte[] ToJson(JsonSerializerOptions options)
    {
        using var buffer = new PooledWriter(Args.Length + Kwargs.Length + 128);
        buffer.Write("["u8);
        buffer.Write(Args.Span);
        buffer.Write(","u8);
        buffer.Write(Kwargs.Span);
        buffer.Write(","u8);
        buffer.Write(PlainValue.ToJson(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["callbacks"] = Embedded.Callbacks,
            ["errbacks"] = Embedded.Errbacks,
            ["chain"] = Embedded.Chain,
            ["chord"] = Embedded.Chord,
        }, options));
        buffer.Write("]"u8);
        return buffer.ToArray();
    }

    /// <summary>Writes a body of protocol 2.</summary>
    internal static byte[] Write(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> kwargs, EmbeddedSignatures embedded, JsonSerializerOptions options)
    {
        using var buffer = new PooledWriter();
        using (var writer = new Utf8JsonWriter(buffer, PlainValue.WriterOptions))
        {
            writer.WriteStartArray();
            writer.WriteStartArray();
            for (var i = 0; i < args.Count; i++) PlainValue.Write(writer, args[i], options);
            writer.WriteEndArray();
            writer.WriteStartObject();
            foreach (var (key, value) in kwargs)
            {
                writer.WritePropertyName(key);
                PlainValue.Write(writer, value, options);
            }
            writer.WriteEndObject();
            writer.WriteStartObject();
            writer.WritePropertyName("callbacks"u8);
            PlainValue.Write(writer, embedded.Callbacks, options);
            writer.WritePropertyName("errbacks"u8);
            PlainValue.Write(writer, embedded.Errbacks, options);
            writer.WritePropertyName("chain"u8);
            PlainValue.Write(writer, embedded.Chain, options);
            writer.WritePropertyName("chord"u8);
            PlainValue.Write(writer, embedded.Chord, options);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        return buffer.ToArray();
    }
}
