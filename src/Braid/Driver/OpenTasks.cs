using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Braid.Driver;

/// <summary>The tasks that have not ended, each of which knows its place: only they can leave somebody waiting.</summary>
internal sealed class OpenTasks
{
    private readonly List<TaskRecord> _records = [];

    public void Add(TaskRecord record)
    {
        record.OpenPlace = _records.Count;
        _records.Add(record);
    }

    /// <summary>The last one takes its place.</summary>
    public void Remove(TaskRecord record)
    {
        var records = CollectionsMarshal.AsSpan(_records);
        Debug.Assert(records[record.OpenPlace] == record);
        var last = records[^1];
        records[record.OpenPlace] = last;
        last.OpenPlace = record.OpenPlace;
        _records.RemoveAt(records.Length - 1);
    }

    public bool Exists(Predicate<TaskRecord> predicate) => _records.Exists(predicate);

    public TaskRecord? TakeAny()
    {
        if (_records.Count == 0)
            return null;
        var last = _records[^1];
        Remove(last);
        return last;
    }
}
