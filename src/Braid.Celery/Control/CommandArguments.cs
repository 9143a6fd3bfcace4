namespace Braid.Celery.Control;

/// <summary>What each command must be given, and which take nothing that they do not know: as Python's functions declare it.</summary>
internal static class CommandArguments
{
    private static readonly Dictionary<string, string[]> Required = new(StringComparer.Ordinal)
    {
        ["query_task"] = ["ids"],
        ["revoke"] = ["task_id"],
        ["revoke_by_stamped_headers"] = ["headers"],
        ["terminate"] = ["signal", "task_id"],
        ["rate_limit"] = ["task_name", "rate_limit"],
        ["election"] = ["id", "topic"],
        ["hello"] = ["from_node"],
        ["add_consumer"] = ["queue"],
        ["cancel_consumer"] = ["queue"],
    };

    private static readonly Dictionary<string, string[]> Strict = new(StringComparer.Ordinal)
    {
        ["report"] = [],
        ["enable_events"] = [],
        ["disable_events"] = [],
        ["heartbeat"] = [],
        ["active_queues"] = [],
        ["objgraph"] = ["num", "max_depth", "type"],
        ["autoscale"] = ["max", "min"],
    };

    /// <exception cref="TaskArgumentException">They do not fit; in Python's words.</exception>
    internal static void Check(string method, Dictionary<string, object?> arguments)
    {
        if (Strict.TryGetValue(method, out var known) && arguments.Keys.FirstOrDefault(name => !known.Contains(name)) is { } surplus)
            throw TaskArgumentException.Unexpected(method, surplus);
        if (!Required.TryGetValue(method, out var required)) return;
        var missing = required.Where(name => !arguments.ContainsKey(name)).ToList();
        if (missing.Count > 0) throw TaskArgumentException.Missing(method, missing);
    }
}
