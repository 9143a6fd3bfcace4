namespace Braid.Scheduling;

/// <summary>All ready tasks, by class.</summary>
internal sealed class ReadyQueues
{
    /// <summary>Empty classes are remembered up to this many, so that a program with a few kinds of tasks makes none twice.</summary>
    private const int KeptMaximum = 64;

    /// <summary>All but <see cref="Plain"/>.</summary>
    private readonly Dictionary<(PlacementMode Mode, ResourceNeed? Needs), ReadyClass> _classes = [];
    private readonly List<ReadyClass> _active = [];

    public ReadyClass Plain { get; } = new(null, PlacementMode.Ahead);

    /// <summary>Classes that have tasks.</summary>
    public int ActiveCount => _active.Count;

    public int Count { get; private set; }

    public bool OnlyPlain => _active.Count == 1 && _active[0] == Plain;

    public ReadyClass this[int index] => _active[index];

    public static PlacementMode ModeOf(TaskNode task)
    {
        // An actor's life starts at once and then stays: nothing can be kept out from behind it.
        if (task.Role is not null)
            return PlacementMode.Ahead;
        if (task.RetriesLeft > 0)
            return task.Suspect ? PlacementMode.Careful : PlacementMode.Ahead;
        return task.Suspect ? PlacementMode.Alone : PlacementMode.Careful;
    }

    public void Add(TaskNode task)
    {
        var mode = ModeOf(task);
        task.Mode = mode;
        var queue = mode == PlacementMode.Ahead && task.Needs is null ? Plain : ClassOf(mode, task.Needs);
        if (queue.Place < 0)
        {
            queue.Place = _active.Count;
            _active.Add(queue);
        }
        queue.Add(task);
        Count++;
    }

    /// <summary>Takes the task out, and returns its class when that became empty.</summary>
    public ReadyClass? Remove(TaskNode task)
    {
        var queue = task.Mode == PlacementMode.Ahead && task.Needs is null ? Plain : ClassOf(task.Mode, task.Needs);
        queue.Remove(task);
        Count--;
        if (queue.Count > 0)
            return null;
        var last = _active[^1];
        _active[queue.Place] = last;
        last.Place = queue.Place;
        queue.Place = -1;
        _active.RemoveAt(_active.Count - 1);
        queue.Overtaken = 0;
        if (_classes.Count > KeptMaximum && queue != Plain)
            _classes.Remove((queue.Mode, queue.Needs));
        return queue;
    }

    private ReadyClass ClassOf(PlacementMode mode, ResourceNeed? needs)
    {
        if (!_classes.TryGetValue((mode, needs), out var queue))
        {
            queue = new ReadyClass(needs, mode);
            _classes.Add((mode, needs), queue);
        }
        return queue;
    }
}
