using Braid.Driver;
using Braid.Engines.InProcess;
using Braid.Engines.Processes;

namespace Braid;

/// <summary>Starts workers and moves frames to them: where tasks run. Submitting, dependencies, retries and errors are the same on all.</summary>
public abstract class Engine
{
    /// <summary>Threads of this process; values pass by reference. For debugging with breakpoints, and where nothing needs isolation.</summary>
    public static Engine InProcess { get; } = new InProcessEngine();

    /// <summary>Worker processes on this machine, the default: own heaps, own crashes, shared memory for what is large.</summary>
    public static Engine Processes { get; } = new ProcessEngine();

    /// <summary>As in <c>BRAID_CLUSTER</c>.</summary>
    public abstract string Name { get; }

    internal abstract Task<EngineSession> OpenAsync(DriverBackend driver, ClusterOptions options, CancellationToken cancellationToken);
}
