using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

// A worker learns that its references are unreachable from its collector, which has no reason to run while nothing is allocated: without this an
// idle worker would keep values alive, and the shared memory that they take, until its next task.
internal sealed partial class WorkerRuntime
{
    /// <summary>How long nothing may have come before the worker looks for dropped references; then it looks again each time so long.</summary>
    private const int IdleMs = 100;

    /// <summary>A heap up to this many bytes is looked through whole, which takes a few milliseconds; of a larger one only what is young.</summary>
    private const long WholeHeapBytesMax = 256L << 20;

    /// <summary>References have come or were made since the last look.</summary>
    private volatile bool _mayHoldDropped;

    /// <summary>Waits until something can be read. Called by the reading thread when there is nothing to do for it.</summary>
    public void AwaitFrames()
    {
        while (_mayHoldDropped)
        {
            if (_socket.Poll(IdleMs))
                return;
            if (IsIdle())
                FindDropped();
        }

        _socket.Poll(LocalSocket.Forever);
    }

    /// <summary>A task here has made a reference itself: it is not among those that the driver sends.</summary>
    public void NoteReference() => _mayHoldDropped = true;

    /// <summary>The driver finds that this process takes much memory: what is not needed goes back to the system.</summary>
    private static void Trim() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>An actor that lives here runs, to the machine, for as long as it lives.</summary>
    private bool IsIdle()
    {
        lock (_gate)
            return _machine is not null && _machine.RunningCount <= _hosts.Count && _runnable.Count == 0;
    }

    private void FindDropped()
    {
        _mayHoldDropped = false;
        _arriving.Clear();
        var generation = GC.GetTotalMemory(forceFullCollection: false) <= WholeHeapBytesMax ? GC.MaxGeneration : 1;
        GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
        // The finalizers tell the driver: RemoteObject.
    }
}
