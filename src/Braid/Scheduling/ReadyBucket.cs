using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>
/// The ready tasks of one class and one priority, in order of submission. Most become ready in that order and stand in a list; those that come back or
/// were released late go through a heap.
/// </summary>
internal sealed class ReadyBucket(int priority)
{
    private readonly PriorityQueue<TaskNode, long> _late = new();
    private TaskNode? _first;
    private TaskNode? _last;

    public int Priority { get; } = priority;

    /// <summary>Tasks that are still ready; the heap may hold more, which were cancelled.</summary>
    public int Count { get; private set; }

    public void Add(TaskNode task)
    {
        Debug.Assert(task.State == TaskState.Ready && task.Previous is null && task.Next is null);
        Count++;
        if (_last is null)
        {
            _first = _last = task;
        }
        else if (task.Sequence > _last.Sequence)
        {
            _last.Next = task;
            task.Previous = _last;
            _last = task;
        }
        else
        {
            task.OutOfOrder = true;
            _late.Enqueue(task, task.Sequence);
        }
    }

    public TaskNode Peek()
    {
        Debug.Assert(Count > 0);
        while (_late.TryPeek(out var late, out _))
        {
            if (!late.OutOfOrder)
                _late.Dequeue();
            else
                return _first is null || late.Sequence < _first.Sequence ? late : _first;
        }
        return _first!;
    }

    public void Remove(TaskNode task)
    {
        Debug.Assert(Count > 0);
        Count--;
        if (task.OutOfOrder)
        {
            task.OutOfOrder = false;
            if (_late.Peek() == task)
                _late.Dequeue();
            return;
        }
        if (task.Previous is null)
            _first = task.Next;
        else
            task.Previous.Next = task.Next;
        if (task.Next is null)
            _last = task.Previous;
        else
            task.Next.Previous = task.Previous;
        task.Previous = task.Next = null;
    }

    /// <summary>Every task in it, in no order; for validation.</summary>
    public IEnumerable<TaskNode> Tasks()
    {
        for (var task = _first; task is not null; task = task.Next)
            yield return task;
        foreach (var (late, _) in _late.UnorderedItems)
        {
            if (late.OutOfOrder)
                yield return late;
        }
    }
}
