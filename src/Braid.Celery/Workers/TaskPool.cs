using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Braid.Celery.Workers;

/// <summary>
/// Runs tasks, a bounded number at once. A slot is free again when the method has ended; what follows (storing, sending, acknowledging)
/// goes on beside it, bounded by <see cref="CompletionsPerSlot"/>.
/// </summary>
internal sealed class TaskPool : IDisposable
{
    private const int CompletionsPerSlot = 32;

    private readonly Channel<WorkItem?> _ready = Channel.CreateUnbounded<WorkItem?>();
    private readonly Func<WorkItem, SemaphoreSlim, Task> _run;
    private readonly SemaphoreSlim _completions;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly List<Task> _slots = [];
    private int _size;

    internal TaskPool(int size, Func<WorkItem, SemaphoreSlim, Task> run)
    {
        _run = run;
        _completions = new SemaphoreSlim(Math.Max(1, size) * CompletionsPerSlot);
        Grow(size);
    }

    internal int Size
    {
        get { lock (_lock) return _size; }
    }

    /// <summary>Tasks that wait for a slot.</summary>
    internal ConcurrentDictionary<string, WorkItem> Reserved { get; } = new(StringComparer.Ordinal);

    internal void Grow(int count)
    {
        lock (_lock)
        {
            _size += count;
            // A task that blocks keeps its thread: the thread pool must not hand out new ones twice a second only.
            ThreadPool.GetMinThreads(out var workers, out var ports);
            ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + 2 * _size), ports);
            _slots.RemoveAll(s => s.IsCompleted);
            for (var i = 0; i < count; i++) _slots.Add(Task.Run(SlotAsync));
        }
    }

    internal void Shrink(int count)
    {
        lock (_lock)
        {
            count = Math.Min(count, _size - 1);
            _size -= Math.Max(0, count);
        }
        for (var i = 0; i < count; i++) _ready.Writer.TryWrite(null);
    }

    /// <summary>False after a shutdown has begun: the task must go back.</summary>
    internal bool TryEnqueue(WorkItem item)
    {
        Reserved[item.Id] = item;
        if (_ready.Writer.TryWrite(item)) return true;
        Reserved.TryRemove(item.Id, out _);
        return false;
    }

    private async Task SlotAsync()
    {
        while (await _ready.Reader.WaitToReadAsync())
        {
            if (!_ready.Reader.TryRead(out var item)) continue;
            if (item is null) return;
            Reserved.TryRemove(item.Id, out _);
            await _completions.WaitAsync();
            await _run(item, _completions);
        }
    }

    /// <summary>Takes no more tasks, and returns those that have no slot yet.</summary>
    internal List<WorkItem> Close()
    {
        var left = new List<WorkItem>();
        _ready.Writer.TryComplete();
        while (_ready.Reader.TryRead(out var item)) if (item is not null) left.Add(item);
        foreach (var item in left) Reserved.TryRemove(item.Id, out _);
        return left;
    }

    public void Dispose() => _completions.Dispose();
}
