namespace Braid.Scheduling;

internal enum WorkerState : byte
{
    /// <summary>Started, not yet ready for tasks.</summary>
    Joining,

    Alive,

    /// <summary>Finishes what it runs and gets nothing new.</summary>
    Draining,

    /// <summary>Gone for good; whatever still arrives from it is ignored.</summary>
    Lost,
}

/// <summary>A worker as the scheduler sees it. The engine derives its own record from it.</summary>
internal abstract class WorkerNode
{
    public int Id { get; set; }

    /// <summary>How many one-slot tasks run at once. At least 1.</summary>
    public int Slots { get; set; } = 1;

    public WorkerState State { get; internal set; }

    /// <summary>Resources other than slots, in units of 1/10,000. Not changed after WorkerJoined.</summary>
    public IReadOnlyList<ResourceAmount> Resources { get; set; } = [];
}
