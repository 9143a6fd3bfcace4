namespace Braid.Scheduling;

/// <summary>What a worker's state machine asks of its shell.</summary>
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

    /// <summary>
    /// No dependent that arrives from now on can ask for the finished task's value. Those that are here already take it from
    /// <see cref="MachineTask.LocalDependencies"/>, or had it handed over when it finished.
    /// </summary>
    Release,
}

internal readonly record struct MachineCommand(MachineCommandKind Kind, MachineTask Task);
