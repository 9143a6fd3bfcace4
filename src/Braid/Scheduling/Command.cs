namespace Braid.Scheduling;

/// <summary>What the scheduler asks of its shell.</summary>
internal enum CommandKind : byte
{
    /// <summary>
    /// Send the task to the worker. Dependencies that are not <see cref="TaskState.Done"/> when the frame is written are local ones: their ids go
    /// along, and the worker holds the task until they finished there (or gives it back when it does not know them).
    /// </summary>
    Assign,

    /// <summary>Ask the worker to cancel the attempt; it answers Cancelled, or Completed/Failed when it was too late.</summary>
    Cancel,

    /// <summary>Ask the worker to give the attempt back if it has not started; it answers Returned or NotReturned.</summary>
    Reclaim,

    /// <summary>Tell the worker that what the blocked attempt waits for has ended: it goes on as soon as a slot is free there.</summary>
    Resume,

    /// <summary>End the worker's process, to cancel <see cref="Command.Task"/> by force; then report <see cref="Scheduler.WorkerLost"/> with the task blamed.</summary>
    Kill,

    /// <summary>The task has ended: its state and error are final (until <see cref="Scheduler.ValueLost"/>).</summary>
    Ended,

    /// <summary>Tell the worker to end the actor whose life this is; it answers Completed or Failed for the life.</summary>
    StopActor,

    /// <summary>The draining worker holds no task any more and can be stopped.</summary>
    Drained,
}

/// <summary>
/// One command. Those to a worker are void once <c>Task.Attempt != Attempt</c> or the worker is lost: the shell may drop them, the worker ignores them.
/// </summary>
internal readonly struct Command(CommandKind kind, WorkerNode? worker, TaskNode? task, int attempt)
{
    public CommandKind Kind { get; } = kind;

    /// <summary>Null for <see cref="CommandKind.Ended"/>.</summary>
    public WorkerNode? Worker { get; } = worker;

    /// <summary>Null for <see cref="CommandKind.Drained"/>.</summary>
    public TaskNode? Task { get; } = task;

    public int Attempt { get; } = attempt;

    public override string ToString() => $"{Kind} task {Task?.Id}#{Attempt} worker {Worker?.Id}";
}
