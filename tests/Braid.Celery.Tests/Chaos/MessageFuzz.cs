using System.Text;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Chaos;

/// <summary>Messages as they should not be: a good one with one or several faults. The seed decides which.</summary>
internal sealed class MessageFuzz(int seed)
{
    private readonly Random _random = new(seed);

    private static readonly string[] Names =
    [
        "lang", "task", "id", "shadow", "eta", "expires", "group", "group_index", "retries", "timelimit", "root_id", "parent_id", "argsrepr", "kwargsrepr", "origin",
        "ignore_result", "replaced_task_nesting", "stamped_headers", "stamps", "compression", "traceparent", "x-delivery-count", "redelivered", "new\u0000name",
    ];

    private object? Value(int depth = 0) => _random.Next(depth > 2 ? 12 : 15) switch
    {
        0 => null,
        1 => true,
        2 => (long)_random.Next(-5, 5),
        3 => long.MinValue,
        4 => long.MaxValue,
        5 => double.MaxValue,
        6 => -0.5,
        7 => "",
        8 => "soon",
        9 => "9999-99-99T99:99:99",
        10 => new string('x', _random.Next(1, 3000)),
        11 => "\u0000\ud83d\ude00\u2028'\"\\",
        12 => new List<object?> { Value(depth + 1), Value(depth + 1) },
        13 => new List<object?>(),
        _ => new Dictionary<string, object?> { ["task"] = Value(depth + 1), ["k"] = Value(depth + 1) },
    };

    /// <summary>The next message for a task "add" of two numbers.</summary>
    internal OutgoingMessage Next(string queue)
    {
        var headers = new Dictionary<string, object?> { ["lang"] = "py", ["task"] = "add", ["id"] = Guid.NewGuid().ToString(), ["retries"] = 0L, ["timelimit"] = new List<object?> { null, null }, ["root_id"] = null };
        var body = "[[1, 2], {}, {\"callbacks\": null, \"errbacks\": null, \"chain\": null, \"chord\": null}]"u8.ToArray();
        var properties = new MessageProperties { CorrelationId = (string)headers["id"]! };
        for (var faults = _random.Next(1, 4); faults > 0; faults--)
        {
            switch (_random.Next(7))
            {
                case 0: headers[Names[_random.Next(Names.Length)]] = Value(); break;
                case 1: headers.Remove(headers.Keys.ElementAt(_random.Next(headers.Count))); if (headers.Count == 0) headers["x"] = 1L; break;
                case 2: body = Mutate(body); break;
                case 3: body = PlainValue.ToJson(new List<object?> { Value(), Value(), Value() }, CeleryJson.Plain); break;
                case 4: body = PlainValue.ToJson(new List<object?> { new List<object?> { 1L, 2L }, new Dictionary<string, object?>(), new Dictionary<string, object?>
                    { [((string[])["callbacks", "errbacks", "chain", "chord"])[_random.Next(4)]] = Value() } }, CeleryJson.Plain); break;
                case 5: properties = properties with { ContentType = ((string?[])[null, "", "application/x-msgpack", "application/x-python-serialize", "text/plain", "application/x-yaml"])[_random.Next(6)] }; break;
                default: properties = properties with { ContentEncoding = ((string?[])[null, "", "binary", "latin-1", "nonsense"])[_random.Next(5)] }; break;
            }
        }
        return new OutgoingMessage { Exchange = "", RoutingKey = queue, Headers = headers, Properties = properties, Body = body };
    }

    /// <summary>Bytes changed, cut off, doubled or thrown in.</summary>
    internal byte[] Mutate(byte[] bytes)
    {
        var list = bytes.ToList();
        for (var changes = _random.Next(1, 6); changes > 0 && list.Count > 0; changes--)
        {
            var at = _random.Next(list.Count);
            switch (_random.Next(5))
            {
                case 0: list[at] = (byte)_random.Next(256); break;
                case 1: list.RemoveRange(at, Math.Min(_random.Next(1, 20), list.Count - at)); break;
                case 2: list.InsertRange(at, list.Take(_random.Next(1, 20)).ToArray()); break;
                case 3: list.InsertRange(at, Encoding.UTF8.GetBytes(new string("[{\"]}"[_random.Next(5)], _random.Next(1, 200)))); break;
                default: list.Insert(at, (byte)_random.Next(256)); break;
            }
        }
        return [.. list];
    }
}
