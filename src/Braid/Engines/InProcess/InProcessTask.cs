using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

/// <summary>One attempt that is assigned to an in-process worker.</summary>
internal sealed class InProcessTask : MachineTask
{
    public required TaskRecord Record { get; init; }

    public required InProcessSpec Spec { get; init; }

    public InProcessExecution? Execution { get; set; }
}
