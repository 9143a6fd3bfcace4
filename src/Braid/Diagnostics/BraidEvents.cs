using System.Diagnostics.Tracing;

namespace Braid.Diagnostics;

/// <summary>
/// The event source <c>Braid</c>: what an operator wants to read at three in the morning. The kernel has no packages, and so no ILogger; event
/// listeners, <c>dotnet-trace</c> and the logging packages' bridges read these, with their fields.
/// </summary>
[EventSource(Name = "Braid")]
internal sealed class BraidEvents : EventSource
{
    public static readonly BraidEvents Log = new();

    private BraidEvents()
    {
    }

    [Event(1, Level = EventLevel.Informational, Message = "Worker {0} (process {1}) is ready with {2} slots.")]
    public void WorkerReady(int workerId, int processId, int slots) => WriteEvent(1, workerId, processId, slots);

    [Event(2, Level = EventLevel.Warning, Message = "Worker {0} was lost: {1}")]
    public void WorkerLost(int workerId, string reason) => WriteEvent(2, workerId, reason);

    [Event(3, Level = EventLevel.Warning, Message = "Task '{1}' ({0}) fails: {2}")]
    public void TaskFailed(long taskId, string name, string error) => WriteEvent(3, taskId, name, error);

    [Event(4, Level = EventLevel.Error, Message = "A lost worker could not be replaced: {0}")]
    public void WorkersExhausted(string error) => WriteEvent(4, error);

    [Event(5, Level = EventLevel.Critical, Message = "The cluster broke: {0}")]
    public void ClusterBroke(string error) => WriteEvent(5, error);

    [Event(6, Level = EventLevel.Warning, Message = "The value of task {0} is lost: segment {1} cannot be read")]
    public void ValueLost(long taskId, string segment) => WriteEvent(6, taskId, segment);

    [Event(7, Level = EventLevel.Error, Message = "{0} failed: {1}")]
    public void ListenerFailed(string listener, string error) => WriteEvent(7, listener, error);

    [Event(40, Level = EventLevel.Warning, Message = "What was told to actor {2} fails: '{1}' ({0}): {3}")]
    public void TellFailed(long callId, string name, long actorId, string error) => WriteEvent(40, callId, name, actorId, error);

    [Event(20, Level = EventLevel.Warning, Message = "A deadlock of {1} tasks is broken at task {0}: {2}")]
    public void DeadlockFound(long taskId, int members, string cycle) => WriteEvent(20, taskId, members, cycle);
}
