using System.Diagnostics.CodeAnalysis;
using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>Waits over several queues at once, as CSP's select.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It belongs to the queues.")]
public static class DistributedQueue
{
    private static int _turn;

    /// <summary>
    /// Takes one item from whichever queue has one, and nothing from the others. Among several that have items each gets its turn; among consumers it is
    /// first come, first served.
    /// </summary>
    /// <param name="queues">Of one cluster; at least one. Those that are completed and empty are passed over.</param>
    /// <param name="timeout">Default: no limit.</param>
    /// <param name="cancellationToken">Ends the wait; no item was taken then.</param>
    /// <returns>The item, and the index of its queue.</returns>
    /// <exception cref="QueueCompletedException">All queues are completed and empty.</exception>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public static ValueTask<(int Index, T Item)> TakeAnyAsync<T>(
        IReadOnlyList<DistributedQueue<T>> queues, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queues);
        if (queues.Count == 0)
            throw new ArgumentException("There must be a queue at least.", nameof(queues));
        var states = new IObjectState[queues.Count];
        for (var i = 0; i < states.Length; i++)
        {
            states[i] = queues[i].State;
            if (states[i].Backend != states[0].Backend)
                throw new ArgumentException("The queues belong to several clusters; a wait is for those of one.", nameof(queues));
        }

        var backend = states[0].Backend.Coordination;
        var first = (long)((uint)Interlocked.Increment(ref _turn) % (uint)states.Length);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<(int, T)>(cancellationToken);
        return backend.Ask(
            Operation.Take, states, new Question((first << 32) | 1), (call, outcome) => ((int)outcome.Number, Taken<T>(backend, call, outcome)[0]),
            timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).Result;
    }

    /// <inheritdoc cref="TakeAnyAsync{T}(IReadOnlyList{DistributedQueue{T}}, TimeSpan?, CancellationToken)"/>
    public static ValueTask<(int Index, T Item)> TakeAnyAsync<T>(params DistributedQueue<T>[] queues) => TakeAnyAsync((IReadOnlyList<DistributedQueue<T>>)queues);

    internal static T[] Taken<T>(CoordinationBackend backend, CoordinationCall call, in Outcome outcome)
    {
        try
        {
            return Array.ConvertAll(outcome.Items!, backend.Unwrap<T>);
        }
        finally
        {
            // Also when an item cannot be read: it would come back for ever.
            backend.Acknowledge(call, outcome.Items!.Length);
        }
    }
}
