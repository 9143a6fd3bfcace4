using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>A set of workers with constant-time change and indexed reading; its order means nothing, but depends on the history alone.</summary>
internal sealed class WorkerSet(int place)
{
    private readonly List<WorkerNode> _members = [];

    public int Count => _members.Count;

    public WorkerNode this[int index] => _members[index];

    public bool Contains(WorkerNode worker) => worker.Places[place] >= 0;

    public void Set(WorkerNode worker, bool member)
    {
        if (Contains(worker) == member)
            return;
        if (member)
        {
            worker.Places[place] = _members.Count;
            _members.Add(worker);
            return;
        }
        var at = worker.Places[place];
        Debug.Assert(_members[at] == worker);
        var last = _members[^1];
        _members[at] = last;
        last.Places[place] = at;
        _members.RemoveAt(_members.Count - 1);
        worker.Places[place] = -1;
    }
}
