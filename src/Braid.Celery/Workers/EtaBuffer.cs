namespace Braid.Celery.Workers;

/// <summary>Tasks that wait for their time, earliest first. One timer, set to the earliest; nothing polls.</summary>
internal sealed class EtaBuffer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action<WorkItem> _onDue;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // Guarded by _lock. The number of a task makes the order of equal times that of arrival.
    private readonly SortedDictionary<(DateTimeOffset Due, long Number), WorkItem> _waiting = [];
    private readonly Dictionary<string, (DateTimeOffset, long)> _byId = new(StringComparer.Ordinal);
    private long _number;
    private bool _stopped;

    internal EtaBuffer(TimeProvider time, Action<WorkItem> onDue)
    {
        _time = time;
        _onDue = onDue;
        _timer = time.CreateTimer(_ => Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal int Count
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>False after a shutdown has begun: the task must go back.</summary>
    internal bool TryAdd(WorkItem item, DateTimeOffset due)
    {
        lock (_lock)
        {
            if (_stopped) return false;
            var key = (due, _number++);
            _waiting[key] = item;
            _byId[item.Id] = key;
            SetTimer();
            return true;
        }
    }

    /// <summary>Takes a waiting task out, for one that was revoked.</summary>
    internal WorkItem? Remove(string id)
    {
        lock (_lock)
        {
            if (!_byId.Remove(id, out var key) || !_waiting.Remove(key, out var item)) return null;
            SetTimer();
            return item;
        }
    }

    internal List<(DateTimeOffset Due, WorkItem Item)> Snapshot()
    {
        lock (_lock) return [.. _waiting.Select(w => (w.Key.Due, w.Value))];
    }

    /// <summary>Ends the wait of all and returns them.</summary>
    internal List<WorkItem> Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            List<WorkItem> left = [.. _waiting.Values];
            _waiting.Clear();
            _byId.Clear();
            return left;
        }
    }

    private void SetTimer()
    {
        if (_waiting.Count == 0) return;
        var left = _waiting.Keys.First().Due - _time.GetUtcNow();
        // A timer of .NET takes at most 49 days; it is set again when it fires early.
        _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left > TimeSpan.FromDays(20) ? TimeSpan.FromDays(20) : left, Timeout.InfiniteTimeSpan);
    }

    private void Release()
    {
        var due = new List<WorkItem>();
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            while (_waiting.Count > 0 && _waiting.First() is var first && first.Key.Due <= now)
            {
                _waiting.Remove(first.Key);
                _byId.Remove(first.Value.Id);
                due.Add(first.Value);
            }
            SetTimer();
        }
        foreach (var item in due) _onDue(item);
    }

    public void Dispose() => _timer.Dispose();
}
