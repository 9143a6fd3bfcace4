using System.Diagnostics;
using Braid.Celery.Wire;

namespace Braid.Celery.Workers;

/// <summary>Ids and stamps that were revoked. Bounded as Celery's: 50,000 ids for 3 hours; the oldest go first.</summary>
internal sealed class RevokedTasks(TimeProvider time)
{
    private const int Limit = 50_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(3);

    private readonly Lock _lock = new();

    // All guarded by _lock. The queue holds the ids in the order of their revocation.
    private readonly Dictionary<string, DateTimeOffset> _ids = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Dictionary<string, HashSet<string>> _stamps = new(StringComparer.Ordinal);

    internal void Add(IEnumerable<string> ids)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var id in ids)
            {
                if (!_ids.TryAdd(id, now)) continue;
                _order.Enqueue(id);
            }
            while (_order.TryPeek(out var oldest) && (_ids.Count > Limit || now - _ids[oldest] > KeptFor)) _ids.Remove(_order.Dequeue());
        }
    }

    internal void AddStamps(Dictionary<string, object?> headers)
    {
        lock (_lock)
        {
            foreach (var (name, value) in headers)
            {
                if (!_stamps.TryGetValue(name, out var values)) _stamps[name] = values = new(StringComparer.Ordinal);
                foreach (var one in Values(value)) values.Add(one);
            }
        }
    }

    internal bool Contains(TaskHeaders task)
    {
        lock (_lock)
        {
            if (_ids.ContainsKey(task.Id)) return true;
            return _stamps.Count > 0 && task.Stamps is { } stamps && Matches(stamps, _stamps);
        }
    }

    /// <summary>Whether a task's stamps hold one of these values under the same name.</summary>
    internal static bool Matches(Dictionary<string, object?> stamps, Dictionary<string, object?> wanted)
    {
        foreach (var (name, value) in wanted)
            if (stamps.TryGetValue(name, out var has) && Values(has).Intersect(Values(value)).Any()) return true;
        return false;
    }

    private static bool Matches(Dictionary<string, object?> stamps, Dictionary<string, HashSet<string>> wanted)
    {
        foreach (var (name, values) in wanted)
            if (stamps.TryGetValue(name, out var has) && Values(has).Any(values.Contains)) return true;
        return false;
    }

    /// <summary>The values that two stamps have in common, each one value or a list.</summary>
    internal static List<object?> Common(object? has, object? wanted)
    {
        if (has is null) return [];
        var wantedValues = Values(wanted).ToHashSet(StringComparer.Ordinal);
        return [.. (has as List<object?> ?? [has]).Where(v => wantedValues.Contains(PythonRepr.Of(v)))];
    }

    /// <summary>As mingle sends them: each id with the second of its revocation on the system's monotonic clock, which is what Python's workers expect.</summary>
    internal Dictionary<string, object?> ToWire()
    {
        var now = time.GetUtcNow();
        var monotonic = Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        lock (_lock) return _ids.ToDictionary(i => i.Key, object? (i) => new List<object?> { monotonic - (now - i.Value).TotalSeconds, i.Key }, StringComparer.Ordinal);
    }

    private static IEnumerable<string> Values(object? value) => value is List<object?> list ? list.Select(PythonRepr.Of) : [PythonRepr.Of(value)];

    internal List<string> Ids
    {
        get { lock (_lock) return [.. _ids.Keys]; }
    }
}
