namespace Braid.Scheduling;

/// <summary>The tasks of a worker that wait for a slot, by priority and order of arrival: a list through the tasks themselves.</summary>
internal sealed class MachineQueue
{
    private MachineTask? _last;

    /// <summary>Whose turn it is; the others follow by <see cref="MachineTask.Next"/>.</summary>
    public MachineTask? First { get; private set; }

    public void Add(MachineTask task)
    {
        // Most come in order; one that was held belongs near the front, for it came early.
        if (_last is null || _last.GoesBefore(task))
        {
            InsertBefore(task, null);
            return;
        }
        var next = First;
        while (next is not null && next.GoesBefore(task))
            next = next.Next;
        InsertBefore(task, next);
    }

    public void Remove(MachineTask task)
    {
        if (task.Previous is null)
            First = task.Next;
        else
            task.Previous.Next = task.Next;
        if (task.Next is null)
            _last = task.Previous;
        else
            task.Next.Previous = task.Previous;
        task.Previous = task.Next = null;
    }

    private void InsertBefore(MachineTask task, MachineTask? next)
    {
        var previous = next is null ? _last : next.Previous;
        task.Previous = previous;
        task.Next = next;
        if (previous is null)
            First = task;
        else
            previous.Next = task;
        if (next is null)
            _last = task;
        else
            next.Previous = task;
    }
}
