using Braid.Execution;
using Braid.Objects;

namespace Braid.Driver;

/// <summary>
/// What everything outside of the driver's own books refers to when it refers to an actor: handles of users, payloads, workers' exports, and the
/// calls that are pending. When nothing can reach it any more, the actor is stopped.
/// </summary>
/// <param name="record">The actor.</param>
/// <param name="generation">Which of its handles: one that was taken for lost may have been followed by another.</param>
internal sealed class ActorHandle(ActorRecord record, int generation) : IObjectState
{
    ~ActorHandle() => record.HandleLost(generation);

    public ActorRecord Record => record;

    public long Id => record.Id;

    public ClusterBackend Backend => record.Driver;

    public ObjectStatus Status => record.Status;

    public Task Completion => record.Completion;

    public Exception? Error => record.Error;

    /// <summary>An actor restarts, but its end is not taken back.</summary>
    public bool IsRebuilding => false;

    public bool TryAwait(Action continuation) => false;

    public Task RebuildAsync(SegmentId lost) => Task.CompletedTask;

    public T Read<T>() => throw new InvalidOperationException("An actor is no value.");
}
