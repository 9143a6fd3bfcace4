using System.Globalization;

namespace Braid.Celery.Wire;

/// <summary>Turns a call and its options, named as on the wire, into a message.</summary>
internal static class MessageBuilder
{
    internal static OutgoingMessage Build(CeleryApp app, string name, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> kwargs, Dictionary<string, object?> options)
    {
        var settings = app.Settings;
        var defaults = app.Find(name)?.Options;
        if (options.Text("queue") is null && options.Text("exchange") is null && defaults?.Queue is null && app.Routes.Find(name) is { } route)
            options = CanvasSender.Merge(route, options);
        var parent = TaskRequest.Current;
        var now = app.Time.GetUtcNow();
        var id = options.Text("task_id") ?? Guid.NewGuid().ToString();
        var expires = Expires(options.GetValueOrDefault("expires"), now) ?? (defaults?.Expires is { } after ? now + after : null);
        var headers = new TaskHeaders
        {
            Task = name,
            Id = id,
            Shadow = options.Text("shadow"),
            Eta = options.Number("countdown") is { } countdown ? Truncate(now.AddSeconds(countdown)) : TaskHeaders.Time("eta", options.GetValueOrDefault("eta")),
            Expires = expires is { } e ? Truncate(e) : null,
            Group = options.Text("group_id"),
            GroupIndex = options.GetValueOrDefault("group_index") switch { long i => i, int i => i, _ => null },
            Retries = (int)(options.Number("retries") ?? 0),
            HardLimit = options.Number("time_limit"),
            SoftLimit = options.Number("soft_time_limit"),
            RootId = options.Text("root_id") ?? parent?.RootId ?? id,
            ParentId = options.Text("parent_id") ?? parent?.Id,
            ArgsRepr = options.Text("argsrepr") ?? PythonRepr.Tuple(args),
            KwargsRepr = options.Text("kwargsrepr") ?? (kwargs.Count == 0 ? "{}" : PythonRepr.Of(kwargs)),
            Origin = app.Origin,
            IgnoreResult = options.GetValueOrDefault("ignore_result") is { } ignore ? ignore is true : defaults?.IgnoreResult ?? settings.IgnoreResult,
            ReplacedTaskNesting = (int)(options.Number("replaced_task_nesting") ?? 0),
            Custom = options.Map("headers") is { Count: > 0 } custom ? custom : null,
        };
        if (options.List("stamped_headers") is { Count: > 0 } stamped)
        {
            headers.StampedHeaders = stamped;
            headers.Stamps = new(StringComparer.Ordinal);
            foreach (var stamp in stamped.OfType<string>()) headers.Stamps[stamp] = options.GetValueOrDefault(stamp);
        }
        var embedded = new EmbeddedSignatures
        {
            Callbacks = Signatures(options, "link"),
            Errbacks = Signatures(options, "link_error"),
            Chain = Signatures(options, "chain"),
            Chord = options.Map("chord"),
        };
        var body = options.GetValueOrDefault("raw_body") as byte[] ?? TaskBody.Write(args, kwargs, embedded, app.Json);
        var (content, contentType, contentEncoding) = Encode(body, options.Text("serializer") ?? defaults?.Serializer ?? settings.Serializer);
        if ((options.Text("compression") ?? settings.Compression) is { } compression)
        {
            headers.Compression = Compression.Resolve(compression);
            content = Compression.Compress(content, headers.Compression);
        }
        var exchange = options.Text("exchange");
        var queue = options.Text("queue");
        var address = settings.AddressOf(queue ?? defaults?.Queue ?? settings.DefaultQueue);
        var priority = options.Number("priority") ?? defaults?.Priority ?? (settings.InheritParentPriority ? parent?.Priority : null);
        return new OutgoingMessage
        {
            Exchange = queue is null && exchange is not null ? exchange : address.Exchange,
            RoutingKey = queue is null && exchange is not null ? options.Text("routing_key") ?? "" : address.RoutingKey,
            Task = headers,
            Body = content,
            Confirm = settings.ConfirmPublish || parent is not null || app.ConfirmsAll,
            Properties = new MessageProperties
            {
                ContentType = contentType,
                ContentEncoding = contentEncoding,
                CorrelationId = id,
                ReplyTo = options.Text("reply_to") ?? app.ReplyTo,
                DeliveryMode = options.Number("delivery_mode") == 1 ? (byte)1 : (byte)2,
                // Celery sends none where the queue is named by the call.
                Priority = priority is { } p ? (byte)Math.Clamp(p, 0, 255) : queue is null ? (byte)0 : null,
                Expiration = expires is { } at ? ((long)Math.Max(0, Math.Round((at - now).TotalMilliseconds))).ToString(CultureInfo.InvariantCulture) : null,
            },
        };
    }

    /// <summary>Python has no tenths of a microsecond.</summary>
    private static DateTimeOffset Truncate(DateTimeOffset time) => time.AddTicks(-(time.Ticks % 10));

    private static DateTimeOffset? Expires(object? value, DateTimeOffset now) => value switch
    {
        null => null,
        long or double or int => now.AddSeconds(PlainValue.Number(value)!.Value),
        _ => TaskHeaders.Time("expires", value),
    };

    private static List<object?>? Signatures(Dictionary<string, object?> options, string key) => options.GetValueOrDefault(key) switch
    {
        List<object?> { Count: > 0 } list => list,
        Dictionary<string, object?> one => [one],
        _ => null,
    };

    private static (byte[] Body, string ContentType, string ContentEncoding) Encode(byte[] json, string serializer) => serializer switch
    {
        "json" or "application/json" => (json, "application/json", "utf-8"),
        "msgpack" or "application/x-msgpack" => (MessagePackCodec.Write(PlainValue.Parse(json)), "application/x-msgpack", "binary"),
        "pickle" => throw new NotSupportedException("Pickle runs code while it is read and is not supported: use 'json' or 'msgpack'."),
        _ => throw new NotSupportedException($"The serializer '{serializer}' is not supported: 'json' and 'msgpack' are."),
    };
}
