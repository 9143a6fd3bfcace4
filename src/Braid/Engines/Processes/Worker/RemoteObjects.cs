namespace Braid.Engines.Processes.Worker;

/// <summary>The references that this worker knows, one object for each id for as long as something can reach it. Thread-safe.</summary>
internal sealed class RemoteObjects(WorkerRuntime runtime)
{
    /// <summary>Dead entries are cleared away when the table has grown to this, which then doubles with what is alive.</summary>
    private const int SweepMin = 1024;

    private readonly Dictionary<long, WeakReference<RemoteObject>> _known = [];
    private int _sweepAt = SweepMin;

    /// <summary>
    /// Those that some code here waits for. That code hangs on nothing but the object's own completion, so without this a collection would
    /// take both for unreachable, and the wait would never end.
    /// </summary>
    private readonly HashSet<RemoteObject> _awaited = [];

    public RemoteObject Get(long id)
    {
        lock (_known)
        {
            if (_known.TryGetValue(id, out var weak) && weak.TryGetTarget(out var known))
                return known;
            var made = new RemoteObject(runtime, id);
            _known[id] = new WeakReference<RemoteObject>(made);
            if (_known.Count >= _sweepAt)
                Sweep();
            return made;
        }
    }

    public void Await(RemoteObject awaited)
    {
        lock (_awaited)
            _awaited.Add(awaited);
    }

    public void Arrived(RemoteObject awaited)
    {
        lock (_awaited)
            _awaited.Remove(awaited);
    }

    public RemoteObject? Find(long id)
    {
        lock (_known)
            return _known.TryGetValue(id, out var weak) && weak.TryGetTarget(out var known) ? known : null;
    }

    private void Sweep()
    {
        foreach (var (id, weak) in _known)
        {
            if (!weak.TryGetTarget(out _))
                _known.Remove(id);
        }

        _sweepAt = Math.Max(SweepMin, _known.Count * 2);
    }
}
