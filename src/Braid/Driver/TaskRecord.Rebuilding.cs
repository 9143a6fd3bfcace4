using Braid.Objects;

namespace Braid.Driver;

// A value in shared memory can be lost after its task has ended: then the record is pending once more.
internal abstract partial class TaskRecord
{
    public bool IsRebuilding => _extras is { WasLost: true } && Status == ObjectStatus.Pending;

    /// <summary>How its value can be made again; null where it cannot be lost, was put, or is not there yet. While the inbox is drained.</summary>
    public Lineage.Lineage? Lineage
    {
        get => _extras?.Lineage;
        set => Extras.Lineage = value;
    }

    /// <summary>Asks for the value to be made again, because a segment of it cannot be read. Ends when it is there again, or never will be.</summary>
    public async Task RebuildAsync(SegmentId lost)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Driver.Post(new DriverEvent(DriverEventKind.ValueLost, null, Id, 0, this, heard, (long)lost.Value));
        await heard.Task.ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
    }

    /// <summary>It has ended, and what it captured stays: its lineage has that too.</summary>
    public void LeaveToLineage()
    {
        Spec = null;
        Dependencies = [];
    }

    /// <summary>What to run again.</summary>
    public void Restore(TaskSpec spec) => Spec = spec;

    /// <summary>Whoever waits from here on waits for the new value; whoever reads the old one comes back.</summary>
    public void BeginRebuilding()
    {
        Extras.WasLost = true;
        Extras.Activity = null;
        var waiters = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // One that came at the very end of the first life, and has not looked yet whether it was too late, waits for the second.
        if (Interlocked.Exchange(ref _waiters, waiters) is Action late)
            waiters.Task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(late);
        Volatile.Write(ref _status, (int)ObjectStatus.Pending);
    }
}
