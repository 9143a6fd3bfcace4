using System.Text.RegularExpressions;
using Braid.Celery.Tests.Control;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Interop;

/// <summary>Puts commands to a Python worker and to ours, and keeps what they answer differently.</summary>
internal sealed partial class CommandComparison
{
    private readonly CeleryApp _app;
    private readonly List<string> _differences = [];

    private CommandComparison(CeleryApp app, string pythonNode, string netNode)
    {
        _app = app;
        Nodes = [pythonNode, netNode];
    }

    /// <summary>When both answer: a Python worker on Redis says that it is ready before it listens to commands.</summary>
    internal static async Task<CommandComparison> StartAsync(CeleryApp app, string pythonNode, string netNode)
    {
        var both = new CommandComparison(app, pythonNode, netNode);
        await TestTime.UntilAsync(async () => (await app.Control.InspectAsync("ping", destination: both.Nodes)).Count == 2, "both answer commands");
        return both;
    }

    /// <summary>Python's, then ours.</summary>
    internal string[] Nodes { get; }

    /// <summary>Python's reply and ours.</summary>
    internal async Task<object?[]> AskAsync(string method, params (string, object?)[] arguments)
    {
        var replies = await _app.Control.InspectAsync(method, arguments.ToDictionary(a => a.Item1, a => a.Item2), Nodes, TestTime.Limit);
        return [Newer(replies[Nodes[0]]), replies[Nodes[1]]];
    }

    internal async Task SameAsync(string method, params (string, object?)[] arguments)
    {
        var replies = await AskAsync(method, arguments);
        Compare($"{method} {PythonRepr.Of(arguments.ToDictionary(a => a.Item1, a => a.Item2))}", replies[0], replies[1]);
    }

    internal void Compare(string question, object? python, object? net)
    {
        var (expected, actual) = (ReplyShape.Of(python), ReplyShape.Of(net));
        if (expected != actual) Add(question, expected, actual);
    }

    internal void Add(string question, string python, string net) => _differences.Add($"{question}\n  Python: {python}\n  .NET:   {net}");

    internal void AssertNone() => Assert.True(_differences.Count == 0, string.Join("\n", _differences));

    /// <summary>Ours answers as Celery 5.6 does: what 5.2 says in other words, in these.</summary>
    private static object? Newer(object? reply) => reply switch
    {
        Dictionary<string, object?> map => map.ToDictionary(m => m.Key, m => m.Key == "redelivered" ? m.Value ?? false : Newer(m.Value)),
        List<object?> list => list.ConvertAll(Newer),
        string text => Flagged.Replace(text, m => $"tasks {{{string.Join(", ", m.Groups[1].Value.Split(", ").Select(id => $"'{id}'"))}}} flagged as revoked"),
        _ => reply,
    };

    [GeneratedRegex("^tasks (.+) flagged as revoked$")]
    private static partial Regex Flagged { get; }
}
