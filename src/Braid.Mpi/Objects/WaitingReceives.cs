namespace Braid.Mpi.Objects;

/// <summary>
/// The awaited receives of objects of one communicator that have no message yet, in the order of the calls: as MPI's own receives do, the first that a
/// message fits gets it. Any thread adds; the thread of <see cref="Progress"/> asks and removes.
/// </summary>
internal sealed class WaitingReceives
{
    private readonly Lock _gate = new();
    private readonly List<ObjectReceive> _inOrder = [];
    private volatile int _count;

    public bool Any => _count > 0;

    public void Add(ObjectReceive receive)
    {
        lock (_gate)
        {
            _inOrder.Add(receive);
            _count = _inOrder.Count;
        }
    }

    public void Remove(ObjectReceive receive)
    {
        lock (_gate)
        {
            _inOrder.Remove(receive);
            _count = _inOrder.Count;
        }
    }

    /// <summary>Whether no earlier one could take the same message.</summary>
    public bool IsNext(ObjectReceive receive)
    {
        lock (_gate)
        {
            foreach (var earlier in _inOrder)
            {
                if (earlier == receive)
                {
                    return true;
                }
                if (earlier.Overlaps(receive))
                {
                    return false;
                }
            }
            return true;
        }
    }
}
