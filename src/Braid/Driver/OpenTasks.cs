namespace Braid.Driver;

/// <summary>The tasks that have not ended, linked through the records themselves: only they can leave somebody waiting.</summary>
internal sealed class OpenTasks
{
    private TaskRecord? _first;

    public void Add(TaskRecord record)
    {
        record.OpenNext = _first;
        if (_first is not null)
            _first.OpenPrevious = record;
        _first = record;
    }

    public void Remove(TaskRecord record)
    {
        if (record.OpenPrevious is null)
            _first = record.OpenNext;
        else
            record.OpenPrevious.OpenNext = record.OpenNext;
        if (record.OpenNext is not null)
            record.OpenNext.OpenPrevious = record.OpenPrevious;
        record.OpenPrevious = record.OpenNext = null;
    }

    public TaskRecord? TakeFirst()
    {
        var first = _first;
        if (first is not null)
            Remove(first);
        return first;
    }
}
