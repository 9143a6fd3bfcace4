using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

/// <summary>One attempt that is assigned to an in-process worker.</summary>
internal sealed class InProcessTask : MachineTask
{
    /// <summary>Null once it has ended: the worker remembers a finished one for a while, and must not keep its value alive.</summary>
    public required TaskRecord? Record { get; set; }

    public required InProcessSpec? Spec { get; set; }

    public InProcessExecution? Execution { get; set; }
}
