using System.Text.RegularExpressions;

namespace Braid.Celery;

/// <summary><c>task_routes</c>: how tasks are sent by their names. An exact name wins; of the patterns the first that was added and fits.</summary>
internal sealed class RoutingTable
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<string, Dictionary<string, object?>> _exact = new(StringComparer.Ordinal);
    private readonly List<(string Pattern, Regex Regex, Dictionary<string, object?> Options)> _patterns = [];

    // Read without the lock: nearly no app has routes.
    private volatile bool _any;

    internal void Add(string pattern, SendOptions options)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        options.CopyTo(map);
        lock (_lock)
        {
            if (pattern.Contains('*', StringComparison.Ordinal))
            {
                var regex = new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.NonBacktracking | RegexOptions.Singleline);
                var at = _patterns.FindIndex(p => p.Pattern == pattern);
                if (at < 0) _patterns.Add((pattern, regex, map));
                else _patterns[at] = (pattern, regex, map);
            }
            else _exact[pattern] = map;
            _any = true;
        }
    }

    /// <summary>The options for a task, by their names on the wire; null when nothing fits. Not to be changed.</summary>
    internal Dictionary<string, object?>? Find(string task)
    {
        if (!_any) return null;
        lock (_lock)
        {
            if (_exact.TryGetValue(task, out var options)) return options;
            foreach (var (_, regex, fitting) in _patterns) if (regex.IsMatch(task)) return fitting;
            return null;
        }
    }
}
