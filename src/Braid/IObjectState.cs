using Braid.Objects;

namespace Braid;

/// <summary>
/// What stands behind an <see cref="ObjectRef"/>: in the driver the task's own record, in a worker what the driver has told of it.
/// </summary>
internal interface IObjectState
{
    /// <summary>Unique within the cluster's life: the maker's number in the upper bits, a count in the lower ones.</summary>
    long Id { get; }

    ClusterBackend Backend { get; }

    ObjectStatus Status { get; }

    /// <summary>Ends, always successfully, when <see cref="Status"/> leaves <see cref="ObjectStatus.Pending"/>.</summary>
    Task Completion { get; }

    /// <summary>
    /// Calls a continuation when <see cref="Status"/> leaves <see cref="ObjectStatus.Pending"/>, once, on whatever thread: cheaper than
    /// <see cref="Completion"/>. False when it will not: somebody waits in this way already, or there is nothing to wait for.
    /// </summary>
    bool TryAwait(Action continuation);

    /// <summary>What awaiting the reference throws; null unless it failed or was cancelled.</summary>
    Exception? Error { get; }

    /// <summary>It was there, was lost, and is being made again.</summary>
    bool IsRebuilding { get; }

    /// <summary>Asks for the value to be made again, because a segment of it cannot be read; ends when it is there, or never will be.</summary>
    Task RebuildAsync(SegmentId lost);

    /// <summary>The value; only when <see cref="Status"/> is <see cref="ObjectStatus.Ready"/>. May decode it anew at each call.</summary>
    T Read<T>();
}
