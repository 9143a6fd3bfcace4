namespace Braid.Scheduling;

/// <summary>
/// The turns of an actor, or of one of its concurrency groups, at its worker: calls start in the order in which they came, so many at once. A call
/// that waits inside its body keeps its turn, for the actor's state is in the middle of it.
/// </summary>
/// <param name="concurrency">Calls that run at once; at least 1.</param>
internal sealed class MachineLane(int concurrency)
{
    /// <summary>Calls that have not started. One that has left stays until it is met.</summary>
    private readonly Queue<MachineTask> _queued = new();

    /// <summary>Calls that have started and not ended.</summary>
    public int Busy { get; private set; }

    public int Concurrency => concurrency;

    internal void Enqueue(MachineTask call) => _queued.Enqueue(call);

    /// <summary>The call whose turn has come; null when there is none, or no turn is free.</summary>
    internal MachineTask? TryStart()
    {
        if (Busy >= concurrency)
            return null;
        while (_queued.TryDequeue(out var call))
        {
            if (call.State != MachineTaskState.Queued)
                continue;
            Busy++;
            return call;
        }
        return null;
    }

    internal void Ended() => Busy--;
}
