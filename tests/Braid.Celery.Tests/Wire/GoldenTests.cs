using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Wire;

/// <summary>Messages that real Celery (5.2.6 and 5.6.2) sent: what Python sends we read, and what we send equals it.</summary>
public sealed partial class GoldenTests
{
    private static readonly Dictionary<string, JsonObject> Files = new[] { "amqp-5.2.6", "amqp-5.6.2", "redis-5.2.6", "redis-5.6.2" }
        .ToDictionary(n => n, n => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", n + ".json")))!.AsObject());

    /// <summary>What this worker refuses, and the word by which it says so.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["serializer_pickle"] = "pickle",
        ["serializer_yaml"] = "YAML",
    };

    [Theory]
    [InlineData("5.2.6")]
    [InlineData("5.6.2")]
    public void Every_message_that_Python_put_on_AMQP_is_read(string version)
    {
        foreach (var (name, golden) in Files["amqp-" + version])
            foreach (var message in golden!["messages"]!.AsArray())
                ReadOne(name, PlainValue.Parse(message!["headers"]!.ToJsonString()) as Dictionary<string, object?> ?? [],
                    Body(message["body"]!), (string?)message["properties"]!["content_type"]);
    }

    [Theory]
    [InlineData("5.2.6")]
    [InlineData("5.6.2")]
    public void Every_envelope_that_Python_put_into_Redis_is_read(string version)
    {
        foreach (var (name, golden) in Files["redis-" + version])
        {
            foreach (var (_, list) in golden!["lists"]!.AsObject())
            {
                foreach (var item in list!.AsArray())
                {
                    var envelope = RedisEnvelope.Read(System.Text.Encoding.UTF8.GetBytes((string)item!));
                    Assert.NotNull(envelope.DeliveryTag);
                    ReadOne(name, envelope.Headers, envelope.Body, envelope.Properties.ContentType);
                }
            }
        }
    }

    private static ReadOnlyMemory<byte> Body(JsonNode body) =>
        body is JsonObject encoded ? Convert.FromBase64String((string)encoded["__base64__"]!) : System.Text.Encoding.UTF8.GetBytes((string)body!);

    private static void ReadOne(string name, Dictionary<string, object?> table, ReadOnlyMemory<byte> body, string? contentType)
    {
        TaskHeaders headers;
        TaskBody read;
        if (Refused.TryGetValue(name, out var word))
        {
            var refused = Assert.Throws<PoisonMessageException>(() => TaskBody.Read(body, contentType, table.Text("compression")));
            Assert.Contains(word, refused.Message, StringComparison.Ordinal);
            return;
        }
        if (table.ContainsKey("task"))
        {
            headers = TaskHeaders.Read(table);
            read = TaskBody.Read(body, contentType, headers.Compression);
            // Written again, the headers are what they were.
            var again = new Dictionary<string, object?>(headers.ToTable());
            foreach (var key in table.Keys) Assert.Equal(Json(table[key]), Json(again[key]));
        }
        else (headers, read) = TaskBody.ReadProtocol1(body, contentType, null);
        Assert.NotEmpty(headers.Task);
        Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(read.Args).RootElement.ValueKind);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(read.Kwargs).RootElement.ValueKind);
        foreach (var callback in read.Embedded.Callbacks ?? []) Assert.NotEmpty(Signature.FromWire((Dictionary<string, object?>)callback!).Task);
        foreach (var step in read.Embedded.Chain ?? []) Assert.NotEmpty(Signature.FromWire((Dictionary<string, object?>)step!).Task);
        if (read.Embedded.Chord is { } chord)
        {
            var signature = Signature.FromWire(chord);
            Assert.Equal(Json(chord), Json(signature.ToWire()));
        }
    }

    private static string Json(object? value) => System.Text.Encoding.UTF8.GetString(PlainValue.ToJson(value, CeleryJson.Typed));

    public static TheoryData<string> Sent() =>
    [
        "simple_delay", "kwargs_taskid", "send_task_by_name", "priority", "time_limits", "ignore_result_option", "custom_headers", "shadow", "queue_other",
        "non_persistent", "reply_to_corr", "expires_seconds", "countdown", "link", "link_error", "chain3", "group3", "chord3", "map_starmap", "chunks2",
        "chain_immutable_opts", "chord_of_chains", "chord_with_errback", "stamped", "stamped_group", "unicode_and_types", "bytes_arg",
        "compression_gzip", "serializer_msgpack", "group_of_chains",
    ];

    private const string Id = "11111111-1111-4111-8111-11111111110";

    [Theory]
    [MemberData(nameof(Sent))]
    public async Task What_is_sent_equals_what_Python_sends(string name)
    {
        var recorder = new Recorder();
        await using var app = new CeleryApp("golden") { BrokerOverride = recorder, BackendOverride = recorder };
        await SendAsync(app, name);
        var golden = Files["amqp-5.6.2"][name]!["messages"]!.AsArray();
        Assert.Equal(golden.Count, recorder.Messages.Count);
        var ours = new List<string>();
        var theirs = new List<string>();
        for (var i = 0; i < golden.Count; i++)
        {
            var sent = recorder.Messages[i];
            ours.Add(Comparable(new JsonObject
            {
                ["queue"] = sent.RoutingKey,
                ["properties"] = Properties(sent.Properties),
                ["headers"] = JsonNode.Parse(Json(sent.HeaderTable())),
                ["body"] = Decode(sent.Body, sent.Properties.ContentType, sent.Task!.Compression),
            }));
            var message = golden[i]!;
            theirs.Add(Comparable(new JsonObject
            {
                ["queue"] = (string)message["queue"]!,
                ["properties"] = message["properties"]!.DeepClone(),
                ["headers"] = message["headers"]!.DeepClone(),
                ["body"] = Decode(Body(message["body"]!), (string?)message["properties"]!["content_type"], (string?)message["headers"]!["compression"]),
            }));
        }
        Assert.Equal(Numbered(string.Join("\n", theirs)), Numbered(string.Join("\n", ours)));
        var size = Files["amqp-5.6.2"][name]!["result_db"]?.AsObject().FirstOrDefault(e => e.Key.EndsWith(".s", StringComparison.Ordinal)).Value;
        if (size is not null) Assert.Equal((string)size!, recorder.ChordSizes.Single().Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static JsonNode Decode(ReadOnlyMemory<byte> body, string? contentType, string? compression)
    {
        if (compression is not null) body = Compression.Decompress(body, compression);
        return JsonNode.Parse(contentType == "application/x-msgpack" ? Json(MessagePackCodec.Read(body.Span)) : System.Text.Encoding.UTF8.GetString(body.Span))!;
    }

    private static JsonObject Properties(MessageProperties properties)
    {
        var map = new JsonObject
        {
            ["content_type"] = properties.ContentType,
            ["content_encoding"] = properties.ContentEncoding,
            ["delivery_mode"] = properties.DeliveryMode,
            ["correlation_id"] = properties.CorrelationId,
            ["reply_to"] = properties.ReplyTo,
        };
        if (properties.Priority is { } priority) map["priority"] = priority;
        if (properties.Expiration is { } expiration) map["expiration"] = expiration;
        return map;
    }

    /// <summary>Sorted members, without what differs between two senders; representations for people are compared apart.</summary>
    private static string Comparable(JsonObject message)
    {
        var headers = message["headers"]!.AsObject();
        foreach (var key in (string[])["lang", "origin", "argsrepr", "kwargsrepr"]) headers.Remove(key);
        return Sorted(message).ToJsonString();
    }

    private static JsonNode Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, m.Value is null ? null : (JsonNode?)Sorted(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(i => i is null ? null : Sorted(i))]),
        _ => node!.DeepClone(),
    };

    /// <summary>Ids become numbers by their first appearance, times become a word: what is left must be equal.</summary>
    private static string Numbered(string text)
    {
        var ids = new Dictionary<string, string>();
        text = Uuid().Replace(text, m => ids.TryGetValue(m.Value, out var n) ? n : ids[m.Value] = $"id{ids.Count}");
        return Time().Replace(text, "TIME");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*\+00:00|2026-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\\u002B00:00")]
    private static partial Regex Time();

    private static async Task SendAsync(CeleryApp app, string name)
    {
        Signature Add(params object?[] args) => app.Signature("ctasks.add", args);
        Signature Sum() => app.Signature("ctasks.xsum");
        Signature WithId(Signature s, int n) => s.Set(new() { TaskId = Id + n });
        Task<AsyncResult> AddAsync(SendOptions options) => app.SendTaskAsync("ctasks.add", [2, 3], options: options);
        switch (name)
        {
            case "simple_delay": await AddAsync(new()); break;
            case "kwargs_taskid": await app.SendTaskAsync("ctasks.add", [2], new Dictionary<string, object?> { ["y"] = 3 }, new() { TaskId = Id + 1 }); break;
            case "send_task_by_name":
                await app.SendTaskAsync("remote.echo", [1, "two", null, 3.5, new List<object?> { 1L }, new Dictionary<string, object?> { ["k"] = "v" }], new Dictionary<string, object?> { ["flag"] = true });
                break;
            case "priority": foreach (var p in (int[])[0, 3, 5, 9]) await app.SendTaskAsync("ctasks.add", [2, p], options: new() { Priority = (byte)p }); break;
            case "time_limits": await AddAsync(new() { TimeLimit = TimeSpan.FromSeconds(30), SoftTimeLimit = TimeSpan.FromSeconds(20) }); break;
            case "ignore_result_option": await AddAsync(new() { IgnoreResult = true }); break;
            case "custom_headers":
                var golden = Files["amqp-5.6.2"][name]!["messages"]![0]!["headers"]!.AsObject();
                var known = TaskHeaders.Read((Dictionary<string, object?>)PlainValue.Parse(golden.ToJsonString())!);
                await AddAsync(new() { Headers = known.Custom });
                break;
            case "shadow": await AddAsync(new() { Shadow = "nice.name" }); break;
            case "queue_other": await AddAsync(new() { Queue = "other" }); break;
            case "non_persistent": await AddAsync(new() { Persistent = false }); break;
            case "reply_to_corr": await AddAsync(new() { ReplyTo = "my-reply-queue" }); break;
            case "expires_seconds": await AddAsync(new() { ExpiresIn = TimeSpan.FromSeconds(120) }); break;
            case "countdown": await AddAsync(new() { Countdown = TimeSpan.FromSeconds(60) }); break;
            case "link": await SendLinkAsync(app, name, "callbacks"); break;
            case "link_error": await SendLinkAsync(app, name, "errbacks"); break;
            case "chain3": await Canvas.Chain(WithId(Add(1, 2), 1), WithId(Add(3), 2), WithId(Add(4), 3)).ApplyAsync(); break;
            case "group3": await Canvas.Group([.. Enumerable.Range(0, 3).Select(i => WithId(Add(i, i), i + 1))]).ApplyAsync(); break;
            case "chord3": await Canvas.Chord([.. Enumerable.Range(0, 3).Select(i => WithId(Add(i, i), i + 1))], WithId(Sum(), 9)).ApplyAsync(); break;
            case "map_starmap":
                await Canvas.Map(Sum(), [new List<object?> { 1, 2 }, new List<object?> { 3, 4 }]).ApplyAsync();
                await Canvas.StarMap(Add(), [[1, 2], [3, 4]]).ApplyAsync();
                break;
            case "chunks2": await Canvas.Chunks(Add(), Enumerable.Range(0, 4).Select(i => (IReadOnlyList<object?>)[i, i]), 2).ApplyAsync(); break;
            case "chain_immutable_opts":
                var immutable = new CeleryTask<int>(app, "ctasks.add").Si(3, 3).Set(new() { Queue = "other", Priority = 7 });
                await Canvas.Chain(WithId(Add(1, 2), 1), WithId(immutable, 2), WithId(Add(4).Set(new() { Countdown = TimeSpan.FromSeconds(5) }), 3)).ApplyAsync();
                break;
            case "chord_of_chains": await Canvas.Chord([Canvas.Chain(Add(1, 1), Add(2)), Add(5, 5)], Sum()).ApplyAsync(); break;
            case "chord_with_errback":
                await Canvas.Chord([WithId(Add(0, 0), 1), WithId(Add(1, 1), 2)], Sum().LinkError(app.Signature("ctasks.on_err"))).ApplyAsync();
                break;
            case "group_of_chains": await SendGroupOfChainsAsync(app, name); break;
            case "stamped": await Add(2, 3).Stamp(new Dictionary<string, object?> { ["mystamp"] = "v1", ["other"] = new List<object?> { "a", "b" } }).ApplyAsync(); break;
            case "stamped_group":
                // Python's chord does not stamp its body.
                await new ChordSignature((GroupSignature)Canvas.Group(Add(0, 0), Add(1, 1)).Stamp(new Dictionary<string, object?> { ["cstamp"] = "c" }), Sum()).ApplyAsync();
                break;
            case "unicode_and_types":
                await app.SendTaskAsync("ctasks.echo",
                [
                    "héllo ☃ 😀", 1, 2.5, 1e300, System.Numerics.BigInteger.Pow(2, 63), true, null, new List<object?>(), new Dictionary<string, object?>(),
                    new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(6789010), new DateTime(2030, 1, 2, 3, 4, 5), new DateOnly(2030, 1, 2), 1.50m,
                    new Guid("00000000-0000-0000-0000-000000000005"), new[] { 1, 2 },
                ]);
                break;
            case "bytes_arg": await app.SendTaskAsync("ctasks.echo", ["text"u8.ToArray(), new byte[] { 0xff, 0 }]); break;
            case "compression_gzip": await AddAsync(new() { Compression = "gzip" }); break;
            case "serializer_msgpack": await AddAsync(new() { Serializer = "msgpack" }); break;
            default: Assert.Fail("No such case: " + name); break;
        }
    }

    private static async Task SendLinkAsync(CeleryApp app, string name, string kind)
    {
        var message = Files["amqp-5.6.2"][name]!["messages"]![0]!;
        var body = JsonNode.Parse((string)message["body"]!)!;
        var args = (List<object?>)PlainValue.Parse(body[0]!.ToJsonString())!;
        var links = ((List<object?>)PlainValue.Parse(body[2]![kind]!.ToJsonString())!).ConvertAll(m => Signature.FromWire((Dictionary<string, object?>)m!));
        await app.SendTaskAsync((string)message["headers"]!["task"]!, args, options: kind == "callbacks" ? new() { Link = links } : new() { LinkError = links });
    }

    private static async Task SendGroupOfChainsAsync(CeleryApp app, string name)
    {
        // group(chain(add(1, 1), add(2)), chain(add(3, 3), add(4))), by what its messages say.
        var chains = new List<Signature>();
        foreach (var message in Files["amqp-5.6.2"][name]!["messages"]!.AsArray())
        {
            var body = JsonNode.Parse((string)message!["body"]!)!;
            var first = app.Signature((string)message["headers"]!["task"]!, [.. ((List<object?>)PlainValue.Parse(body[0]!.ToJsonString())!)]);
            var rest = body[2]!["chain"]!.AsArray().Reverse().Select(s => app.Signature((string)s!["task"]!, [.. (List<object?>)PlainValue.Parse(s["args"]!.ToJsonString())!]));
            chains.Add(Canvas.Chain([first, .. rest]));
        }
        await Canvas.Group(chains).ApplyAsync();
    }
}
