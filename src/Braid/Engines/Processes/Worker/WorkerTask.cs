using Braid.Execution;
using Braid.Lambdas;
using Braid.Scheduling;

namespace Braid.Engines.Processes.Worker;

/// <summary>One attempt that the driver has assigned to this worker.</summary>
internal sealed class WorkerTask : MachineTask
{
    /// <summary>Null when the function could not be found here: then <see cref="Broken"/> says why.</summary>
    public required Lambda? Lambda { get; init; }

    /// <summary>Why it cannot run at all: another build of the code, say.</summary>
    public Exception? Broken { get; init; }

    public required Payload Captures { get; set; }

    public required string? GivenName { get; init; }

    public required TimeSpan? TimeLimit { get; init; }

    /// <summary>Items that its stream may send; 0 for other tasks.</summary>
    public required int StreamCredit { get; init; }

    /// <summary>The W3C trace parent; null while nobody traces.</summary>
    public required string? TraceParent { get; init; }

    /// <summary>Of which actor this is the life or a call; null for other tasks, and once it has ended.</summary>
    public WorkerActorHost? Host { get; set; }

    public WorkerExecution? Execution { get; set; }

    /// <summary>Kept for dependents on this worker until the machine says otherwise.</summary>
    public Payload? Result { get; set; }

    /// <summary>A finished one is remembered for a while, for its result only: what it captured must not live that long.</summary>
    public void Forget()
    {
        Captures = Payload.Empty;
        Execution = null;
        Host = null;
    }

    public string Name => GivenName ?? Lambda?.Name ?? "unknown";
}
