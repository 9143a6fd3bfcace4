using System.Text.RegularExpressions;

namespace Braid.Celery.Tests.Control;

/// <summary>What a reply to a command looks like, without what differs from run to run: ids, numbers, names of nodes and queues.</summary>
internal static partial class ReplyShape
{
    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Id { get; }

    internal static string Of(object? value) => value switch
    {
        null => "null",
        string text => "'" + Id.Replace(text, "ID") + "'",
        long => "int",
        double => "float",
        bool flag => flag ? "true" : "false",
        List<object?> list => list.Count == 0 ? "[]" : $"[{Of(list[0])}]",
        Dictionary<string, object?> map => "{" + string.Join(", ", map.Select(m => m.Key switch
        {
            // Every node, queue and moment has its own.
            "hostname" or "eta" or "clock" or "userid" or "uri_prefix" or "implementation" or "routing_key" => $"{m.Key}: *",
            "name" when map.ContainsKey("exchange") || map.ContainsKey("delivery_mode") => "name: *",
            "args" => "args: list",
            var key => $"{Id.Replace(key, "ID")}: {Of(m.Value)}",
        })) + "}",
        _ => value.ToString()!,
    };
}
