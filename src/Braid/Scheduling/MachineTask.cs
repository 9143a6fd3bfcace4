namespace Braid.Scheduling;

internal enum MachineTaskState : byte
{
    /// <summary>Waits for tasks before it on the same worker.</summary>
    Held,

    /// <summary>Waits for a slot.</summary>
    Queued,

    Running,

    /// <summary>Waits inside its body; holds no slot.</summary>
    Blocked,

    /// <summary>May go on, waits for a slot.</summary>
    Resumable,

    /// <summary>Finished with a value that is still known here, so that a dependent that arrives late finds it.</summary>
    Finished,

    /// <summary>Failed, cancelled, given back, or a finished one that was let go.</summary>
    Gone,
}

/// <summary>One attempt of a task as its worker sees it. The worker's shell derives its own record from it.</summary>
internal abstract class MachineTask
{
    public long Id { get; set; }

    public int Attempt { get; set; }

    /// <summary>Higher first; within a priority in order of arrival.</summary>
    public int Priority { get; set; }

    /// <summary>In units of 1/10,000 core. Other resources are the driver's business alone.</summary>
    public long Cores { get; set; } = ResourceNeed.Unit;

    /// <summary>For a call: whose turn it waits for, instead of a slot. Null for other tasks.</summary>
    public MachineLane? Lane { get; set; }

    public MachineTaskState State { get; internal set; }

    public bool CancelRequested { get; internal set; }

    /// <summary>
    /// The tasks here whose values it takes, in the order in which their ids came; all finished when it runs. The shell keeps a value in its record, so a
    /// value lives as long as some dependent, or the machine's memory of the last finished ones, refers to the record.
    /// </summary>
    public MachineTask[] LocalDependencies { get; internal set; } = [];

    /// <summary>Order of arrival.</summary>
    internal long Order;

    /// <summary>While Queued: its place in the queue.</summary>
    internal MachineTask? Previous;

    /// <inheritdoc cref="Previous"/>
    internal MachineTask? Next;

    /// <summary>While Held: how many local dependencies have not finished.</summary>
    internal int Pending;

    /// <summary>Held tasks that wait for this one: null, one, or a list.</summary>
    internal object? Dependents;

    internal bool GoesBefore(MachineTask other) => Priority != other.Priority ? Priority > other.Priority : Order < other.Order;

    internal void AddDependent(MachineTask dependent)
    {
        switch (Dependents)
        {
            case null:
                Dependents = dependent;
                break;
            case List<MachineTask> many:
                many.Add(dependent);
                break;
            default:
                Dependents = new List<MachineTask> { (MachineTask)Dependents, dependent };
                break;
        }
    }
}
