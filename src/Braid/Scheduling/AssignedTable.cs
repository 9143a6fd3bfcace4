using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>
/// The assigned tasks by id: open addressing with linear probing. Only tasks in flight are in it, so it stays small enough for the cache however
/// many are queued. Adding and removing takes a third of the time of a <see cref="Dictionary{TKey, TValue}"/>.
/// </summary>
internal sealed class AssignedTable
{
    private TaskNode?[] _slots = new TaskNode?[64];
    private int _shift = 64 - 6;

    public int Count { get; private set; }

    public TaskNode? Find(long id)
    {
        var slots = _slots;
        for (var at = Home(id); ; at = (at + 1) & (slots.Length - 1))
        {
            var task = slots[at];
            if (task is null || task.Id == id)
                return task;
        }
    }

    public void Add(TaskNode task)
    {
        Debug.Assert(Find(task.Id) is null);
        if (Count * 2 >= _slots.Length)
            Grow();
        Count++;
        Insert(task);
    }

    public void Remove(TaskNode task)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var hole = Home(task.Id);
        while (slots[hole] != task)
        {
            Debug.Assert(slots[hole] is not null);
            hole = (hole + 1) & mask;
        }
        Count--;
        // Close the hole: whatever was pushed past it by probing moves back, so that a search never stops early.
        for (var at = (hole + 1) & mask; slots[at] is { } next; at = (at + 1) & mask)
        {
            if (((at - Home(next.Id)) & mask) < ((at - hole) & mask))
                continue;
            slots[hole] = next;
            hole = at;
        }
        slots[hole] = null;
    }

    private int Home(long id) => (int)((ulong)id * 0x9E3779B97F4A7C15 >> _shift);

    private void Insert(TaskNode task)
    {
        var at = Home(task.Id);
        while (_slots[at] is not null)
            at = (at + 1) & (_slots.Length - 1);
        _slots[at] = task;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new TaskNode?[old.Length * 2];
        _shift--;
        foreach (var task in old)
        {
            if (task is not null)
                Insert(task);
        }
    }
}
