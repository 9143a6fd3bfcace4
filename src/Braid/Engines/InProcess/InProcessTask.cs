using Braid.Actors;
using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

/// <summary>One attempt that is assigned to an in-process worker.</summary>
internal sealed class InProcessTask : MachineTask
{
    public InProcessTask(TaskRecord record)
    {
        Id = record.Id;
        Attempt = record.Attempt;
        Record = record;
        Spec = (InProcessSpec)record.Spec!;
        Priority = record.Priority;
        Cores = record.Needs?.Cores ?? ResourceNeed.Unit;
    }

    /// <summary>Null once it has ended.</summary>
    public TaskRecord? Record { get; private set; }

    /// <inheritdoc cref="Record"/>
    public InProcessSpec? Spec { get; private set; }

    /// <summary>Of which actor this is the life or a call; null for other tasks, and once it has ended.</summary>
    public ActorHost? Host { get; private set; }

    /// <summary>Null before it starts and once it has ended. Written before the thread that runs it looks whether it is cancelled.</summary>
    public InProcessExecution? Execution { get; set; }

    /// <summary>It has ended: the worker remembers a finished one for a while, and must not keep its value alive.</summary>
    public void Let() => (Record, Spec, Execution, Host) = (null, null, null, null);

    /// <summary>Before it is given to the machine: which actor it is about, if any, and whose turn it waits for.</summary>
    public void Belong(ActorHost? host)
    {
        Host = host;
        Lane = Record!.Role is ActorCall call ? host!.Lanes[call.GroupIndex] : null;
    }
}
