using Braid.Execution;

namespace Braid;

/// <summary>What a running task can know of itself: <see cref="Current"/> is null outside of tasks.</summary>
public sealed class TaskContext
{
    private readonly TaskExecution _execution;

    internal TaskContext(TaskExecution execution) => _execution = execution;

    /// <summary>The task that this code runs in, also after an await and on threads that it started; null in the driver.</summary>
    public static TaskContext? Current => TaskExecution.Current?.Context;

    /// <summary>The identity of the task's reference.</summary>
    public long TaskId => _execution.Id;

    /// <summary>1 for the first run, one more for each retry.</summary>
    public int Attempt => _execution.Attempt;

    /// <summary><see cref="TaskOptions.Name"/>, or the lambda's own place in the source.</summary>
    public string Name => _execution.Name;

    /// <summary>The worker that runs the task: from 1 upwards, never used twice in a cluster's life.</summary>
    public int WorkerId => _execution.WorkerId;

    /// <summary>Signalled when the task is cancelled or over its time limit.</summary>
    public CancellationToken CancellationToken => _execution.CancellationToken;

    /// <summary>Tells the submitter how far the task has come (see <see cref="TaskOptions.Progress"/>).</summary>
    /// <param name="fraction">From 0 to 1.</param>
    public void ReportProgress(double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        _execution.ReportProgress(fraction);
    }
}
