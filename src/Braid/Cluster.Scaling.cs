using Braid.Execution;

namespace Braid;

// How many workers there are, and the end in good order.
public sealed partial class Cluster
{
    /// <summary>
    /// Changes the number of workers while work runs. New ones take part as they come; those that are too many, the ones with the least to do,
    /// get nothing new, give back what they have not begun, finish what they have, and end: nothing is lost or run again. A worker in which an actor
    /// lives stays until that has ended.
    /// </summary>
    /// <param name="workers">From 1 to 1024.</param>
    /// <param name="cancellationToken">Ends the wait; the change goes on.</param>
    /// <returns>Ends when there are exactly so many, those that were too many being gone. A later call takes the place of an earlier one,
    /// which then ends with it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Not from 1 to 1024.</exception>
    /// <exception cref="InvalidOperationException">The cluster scales itself (<see cref="ClusterOptions.MaxWorkers"/>), or this is called inside a task of a
    /// worker process.</exception>
    /// <exception cref="BraidException">A worker did not start, <see cref="ClusterOptions.StartFailuresMax"/> times in a row.</exception>
    public Task ScaleAsync(int workers, CancellationToken cancellationToken = default)
    {
        if (workers is < 1 or > ClusterOptions.WorkersMax)
            throw new ArgumentOutOfRangeException(nameof(workers), workers, $"The number of workers must be from 1 to {ClusterOptions.WorkersMax}.");
        return _backend.ScaleAsync(workers, cancellationToken);
    }

    /// <summary>
    /// Takes nothing new from now on and ends when all that is pending has ended, in whatever way. Tasks that still run may submit more, which
    /// is waited for too; an actor is pending until it has ended. The cluster is there until it is disposed of, to read values from.
    /// </summary>
    /// <param name="timeout">How long to wait at most. Default: no limit.</param>
    /// <param name="cancellationToken">Ends the wait; the cluster goes on to take nothing new.</param>
    /// <exception cref="TimeoutException">Some tasks had not ended in time. They go on; it may be called again.</exception>
    /// <exception cref="InvalidOperationException">Called inside a task. From this call on, also what submitting and putting throw.</exception>
    public Task DrainAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _backend.DrainAsync(ObjectWaits.Limit(timeout ?? Timeout.InfiniteTimeSpan), cancellationToken);
}
