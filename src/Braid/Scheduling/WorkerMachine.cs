namespace Braid.Scheduling;

internal enum MachineCommandKind : byte
{
    /// <summary>Start the body.</summary>
    Run,

    /// <summary>Let the blocked body go on.</summary>
    Continue,

    /// <summary>Trip the body's cancellation token.</summary>
    SignalCancel,

    /// <summary>Report Returned to the driver.</summary>
    Return,

    /// <summary>Report NotReturned to the driver.</summary>
    Keep,

    /// <summary>Report Cancelled to the driver: it never started.</summary>
    ReportCancelled,

    /// <summary>The finished task's value need not be kept for local dependents any more.</summary>
    Release,
}

internal readonly record struct MachineCommand(MachineCommandKind Kind, MachineTask Task);

/// <summary>
/// A worker's own task states: which attempt runs when. Pure like the scheduler, and not thread-safe: one owner. The shell writes the frame of an
/// outcome before it reports it here, so that on the link a task's completion always precedes whatever follows from it.
/// </summary>
internal sealed class WorkerMachine(int slots, int finishedKept = 256)
{
    public List<MachineCommand> Commands { get; } = [];

    public void Assign(MachineTask task, ReadOnlySpan<long> localDependencies) => throw new NotSupportedException($"{slots} {finishedKept}");

    public void Cancel(long id, int attempt) => throw new NotSupportedException();

    public void Reclaim(long id, int attempt) => throw new NotSupportedException();

    public void Resume(long id, int attempt) => throw new NotSupportedException();

    /// <summary>The body ended with a value.</summary>
    public void Finished(MachineTask task) => throw new NotSupportedException();

    /// <summary>The body ended without a value: failed or cancelled.</summary>
    public void Failed(MachineTask task) => throw new NotSupportedException();

    /// <summary>The body waits for other tasks; its slot is free at once.</summary>
    public void Blocked(MachineTask task) => throw new NotSupportedException();

    public void Validate() => throw new NotSupportedException();
}
