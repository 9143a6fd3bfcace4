using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>What the invariants read of the scheduler's internals.</summary>
internal static class Peeking
{
    public static long SlotCores(this SimWorker worker) => worker.Slots * ResourceNeed.Unit;

    public static bool WasKilled(this SimWorker worker) => worker.Condemned;

    public static bool IsReleased(this SimTask task) => task.Pending == 0;

    /// <summary>Some task there was blocked once: resumed tasks may push the load over the slots.</summary>
    public static bool HasResumed(this SimWorker worker) => worker.AssignedTasks().Any(task => task.BlockNumber > 0);

    public static IEnumerable<TaskNode> AssignedTasks(this SimWorker worker)
    {
        for (var task = worker.First; task is not null; task = task.Next)
            yield return task;
    }
}
