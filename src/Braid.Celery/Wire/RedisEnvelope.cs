using System.Text.Json;

namespace Braid.Celery.Wire;

/// <summary>
/// A message as kombu puts it into a Redis list: one JSON object that holds the body in base64, the headers and the properties.
/// </summary>
internal sealed class RedisEnvelope
{
    public required ReadOnlyMemory<byte> Body { get; init; }
    public required Dictionary<string, object?> Headers { get; init; }
    public required MessageProperties Properties { get; init; }
    public string Exchange { get; init; } = "";
    public string RoutingKey { get; init; } = "";
    public bool Redelivered { get; init; }
    public string? DeliveryTag { get; init; }

    internal static byte[] Write(OutgoingMessage message, string deliveryTag, JsonSerializerOptions options)
    {
        using var buffer = new PooledWriter(1024);
        using (var writer = new Utf8JsonWriter(buffer, PlainValue.WriterOptions))
        {
            var properties = message.Properties;
            writer.WriteStartObject();
            writer.WriteBase64String("body"u8, message.Body.Span);
            writer.WriteString("content-encoding"u8, properties.ContentEncoding);
            writer.WriteString("content-type"u8, properties.ContentType);
            writer.WritePropertyName("headers"u8);
            if (message.Task is { } task) task.Write(writer, options);
            else PlainValue.Write(writer, message.Headers ?? [], options);
            writer.WriteStartObject("properties"u8);
            if (properties.CorrelationId is not null) writer.WriteString("correlation_id"u8, properties.CorrelationId);
            if (properties.ReplyTo is not null) writer.WriteString("reply_to"u8, properties.ReplyTo);
            writer.WriteNumber("delivery_mode"u8, properties.DeliveryMode);
            if (properties.Expiration is not null) writer.WriteString("expiration"u8, properties.Expiration);
            if (properties.AppId is not null) writer.WriteString("app_id"u8, properties.AppId);
            writer.WriteStartObject("delivery_info"u8);
            writer.WriteString("exchange"u8, message.Exchange);
            writer.WriteString("routing_key"u8, message.RoutingKey);
            writer.WriteEndObject();
            writer.WriteNumber("priority"u8, properties.Priority ?? 0);
            writer.WriteString("body_encoding"u8, "base64"u8);
            writer.WriteString("delivery_tag"u8, deliveryTag);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>The envelope's JSON, as plain values.</summary>
    /// <exception cref="PoisonMessageException">It is not the JSON that kombu writes.</exception>
    internal static Dictionary<string, object?> Parse(ReadOnlySpan<byte> json)
    {
        try { return PlainValue.Parse(json) as Dictionary<string, object?> ?? throw new PoisonMessageException("The envelope is not a JSON object."); }
        catch (JsonException e)
        {
            if (NonFinite.TryQuote(json) is not { } quoted) throw new PoisonMessageException($"The envelope is not JSON: {e.Message}", e);
            try { return PlainValue.Parse(quoted) as Dictionary<string, object?> ?? throw new PoisonMessageException("The envelope is not a JSON object."); }
            catch (JsonException) { throw new PoisonMessageException($"The envelope is not JSON: {e.Message}", e); }
        }
        catch (InvalidOperationException e) { throw new PoisonMessageException($"The envelope holds text that is not UTF-8: {e.Message}", e); }
    }

    /// <summary>Reads an envelope.</summary>
    /// <exception cref="PoisonMessageException">It is not the JSON that kombu writes.</exception>
    internal static RedisEnvelope Read(ReadOnlySpan<byte> json)
    {
        var map = Parse(json);
        var properties = map.Map("properties") ?? throw new PoisonMessageException("The envelope has no properties.");
        var info = properties.Map("delivery_info");
        return new RedisEnvelope
        {
            Body = ReadBody(map, properties),
            Headers = map.Map("headers") ?? [],
            Exchange = info?.Text("exchange") ?? "",
            RoutingKey = info?.Text("routing_key") ?? "",
            Redelivered = info?.Flag("redelivered") ?? false,
            DeliveryTag = properties.Text("delivery_tag"),
            Properties = new MessageProperties
            {
                ContentType = map.Text("content-type"),
                ContentEncoding = map.Text("content-encoding"),
                CorrelationId = properties.Text("correlation_id"),
                ReplyTo = properties.Text("reply_to"),
                DeliveryMode = properties.Number("delivery_mode") == 1 ? (byte)1 : (byte)2,
                Priority = properties.Number("priority") is { } priority and >= 0 and <= 255 ? (byte)priority : null,
                Expiration = properties.Text("expiration"),
                AppId = properties.Text("app_id"),
            },
        };
    }

    private static ReadOnlyMemory<byte> ReadBody(Dictionary<string, object?> map, Dictionary<string, object?> properties)
    {
        if (map.Text("body") is not { } text) throw new PoisonMessageException("The envelope has no body.");
        if (properties.Text("body_encoding") != "base64") return System.Text.Encoding.UTF8.GetBytes(text);
        try { return Convert.FromBase64String(text); }
        catch (FormatException e) { throw new PoisonMessageException("The body is not the base64 that body_encoding says.", e); }
    }
}
