using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>
/// The ready tasks that need the same and may be placed in the same way. When its first does not fit anywhere, none does, so a million tasks
/// that wait for one scarce resource cost no more than one.
/// </summary>
internal sealed class ReadyClass(ResourceNeed? needs, PlacementMode mode)
{
    private readonly Dictionary<int, ReadyBucket> _byPriority = [];
    private readonly PriorityQueue<ReadyBucket, long> _buckets = new();
    private ReadyBucket? _recent;

    public ResourceNeed? Needs { get; } = needs;

    public PlacementMode Mode { get; } = mode;

    /// <summary>One slot each, and may be sent ahead: the fast path.</summary>
    public bool IsPlain => Needs is null && Mode == PlacementMode.Ahead;

    public int Count { get; private set; }

    /// <summary>Where it stands in the scheduler's list of classes that have tasks; -1 where it is not.</summary>
    public int Place { get; set; } = -1;

    /// <summary>The pass of placement in which its first task was found to fit nowhere.</summary>
    public long StuckInPass { get; set; }

    /// <summary>How many later tasks were placed while its first fitted nowhere.</summary>
    public int Overtaken { get; set; }

    /// <summary>The worker that is kept free for its first task.</summary>
    public WorkerNode? Reserved { get; set; }

    public void Add(TaskNode task)
    {
        var bucket = _recent;
        if (bucket is null || bucket.Priority != task.Priority)
            bucket = BucketOf(task.Priority);
        bucket.Add(task);
        Count++;
    }

    public TaskNode Peek()
    {
        Debug.Assert(Count > 0);
        var bucket = _buckets.Peek();
        while (bucket.Count == 0)
        {
            _buckets.Dequeue();
            _byPriority.Remove(bucket.Priority);
            if (_recent == bucket)
                _recent = null;
            bucket = _buckets.Peek();
        }
        return bucket.Peek();
    }

    public void Remove(TaskNode task)
    {
        var bucket = _recent is { } recent && recent.Priority == task.Priority ? recent : _byPriority[task.Priority];
        bucket.Remove(task);
        Count--;
    }

    /// <summary>Whether <paramref name="task"/> goes before <paramref name="other"/>: by priority, then by submission.</summary>
    public static bool Precedes(TaskNode task, TaskNode other) =>
        task.Priority != other.Priority ? task.Priority > other.Priority : task.Sequence < other.Sequence;

    /// <summary>Every task in it, in no order; for validation.</summary>
    public IEnumerable<TaskNode> Tasks() => _byPriority.Values.SelectMany(bucket => bucket.Tasks());

    private ReadyBucket BucketOf(int priority)
    {
        if (!_byPriority.TryGetValue(priority, out var bucket))
        {
            bucket = new ReadyBucket(priority);
            _byPriority.Add(priority, bucket);
            _buckets.Enqueue(bucket, -(long)priority);
        }
        return _recent = bucket;
    }
}
