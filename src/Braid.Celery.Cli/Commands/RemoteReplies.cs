using System.Globalization;
using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery.Cli.Commands;

/// <summary>The replies of workers, in the form in which <c>celery inspect</c> prints them.</summary>
internal static class RemoteReplies
{
    /// <summary>Celery's exit code for "nobody answered": EX_UNAVAILABLE.</summary>
    internal const int NobodyReplied = 69;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4 };

    internal static int Print(IReadOnlyDictionary<string, object?> replies, bool json, bool counts, bool silent)
    {
        if (silent && replies.Count == 0) return 0;
        if (replies.Count == 0)
        {
            Console.Error.WriteLine("Error: No nodes replied within time constraint");
            return NobodyReplied;
        }
        if (json)
        {
            Console.WriteLine(System.Text.Encoding.UTF8.GetString(PlainValue.ToJson(new Dictionary<string, object?>(replies, StringComparer.Ordinal), CeleryJson.Plain)));
            return 0;
        }
        foreach (var (node, reply) in replies.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            var failed = reply is Dictionary<string, object?> map && map.Count == 1 && map.ContainsKey("error");
            Console.WriteLine($"->  {node}: {(failed ? "ERROR" : "OK")}");
            Console.WriteLine(Indent(reply));
        }
        if (counts) Console.WriteLine(Online(replies.Count));
        return 0;
    }

    internal static string Online(int count) => string.Create(CultureInfo.InvariantCulture, $"\n{count} {(count == 1 ? "node" : "nodes")} online.");

    private static string Indent(object? reply) => reply switch
    {
        null => "    - empty -",
        List<object?> { Count: 0 } => "    - empty -",
        List<object?> list => string.Join('\n', list.Select(i => "    * " + (i is string text ? text : PythonRepr.Of(i)))),
        Dictionary<string, object?> { Count: 1 } map when map.Text("ok") is { } ok => Shift(ok, 8),
        Dictionary<string, object?> { Count: 1 } map when map.Text("error") is { } error => Shift(error, 8),
        string text => Shift(text, 4),
        _ => Shift(Pretty(reply), 4),
    };

    private static string Shift(string text, int by) => new string(' ', by) + text.Trim('\n').Replace("\n", "\n" + new string(' ', by), StringComparison.Ordinal);

    private static string Pretty(object? value)
    {
        using var document = JsonDocument.Parse(PlainValue.ToJson(value, CeleryJson.Plain));
        return JsonSerializer.Serialize(document.RootElement, Indented);
    }
}
