using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid;

/// <summary>
/// A bounded queue across workers, for any number of producers and consumers. Items go out in the order in which they came in. An item is in the queue
/// when <c>PutAsync</c> has returned, and taken when <c>TakeAsync</c> has: what was handed to a consumer that is lost before goes back to its place.
/// </summary>
/// <remarks>An item of more than 64 KiB lies in shared memory meanwhile, as any value does.</remarks>
/// <typeparam name="T">Anything that can travel.</typeparam>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue.")]
public sealed class DistributedQueue<T> : CoordinationPrimitive
{
    /// <summary>Items in one frame: at 64 KiB each, a quarter of the largest.</summary>
    private const int BatchMax = 256;

    /// <summary>A batch is made so large that its items take about so long to be consumed: what is fetched ahead is kept from other consumers.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromMilliseconds(5);

    internal DistributedQueue(IObjectState state) : base(state)
    {
    }

    /// <summary>Waits for room, and puts an item in.</summary>
    /// <exception cref="QueueCompletedException">The queue takes no more.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled; the item is not in the queue.</exception>
    /// <exception cref="Serialization.SerializationException">The item cannot travel.</exception>
    public ValueTask PutAsync(T item, CancellationToken cancellationToken = default) => PutAsync(item, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="PutAsync(T, CancellationToken)"/>
    /// <exception cref="TimeoutException">There was no room in time.</exception>
    public ValueTask PutAsync(T item, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        DoneAsync(Operation.Put, new Question(Items: [Backend.Wrap(item)]), timeout, cancellationToken);

    /// <summary>
    /// Puts many items in, in their order, a batch of up to 256 in one message: the way to be fast. Waits for room whenever there is none. When it ends
    /// early, the items before some point are in the queue and the others are not.
    /// </summary>
    /// <inheritdoc cref="PutAsync(T, CancellationToken)" path="/exception"/>
    public async Task PutManyAsync(IEnumerable<T> items, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var batch in items.Chunk(BatchMax))
        {
            var wrapped = Array.ConvertAll(batch, item => Backend.Wrap(item));
            await DoneAsync(Operation.Put, new Question(Items: wrapped), null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts an item in if there is room now and nobody waits before; says whether it did.</summary>
    /// <exception cref="QueueCompletedException">The queue takes no more.</exception>
    public ValueTask<bool> TryPutAsync(T item, CancellationToken cancellationToken = default) =>
        AskAsync(
            Operation.Put, new Question(IsTry: true, Items: [Backend.Wrap(item)]), static (_, outcome) => outcome.Kind == OutcomeKind.Granted, null, cancellationToken);

    /// <summary>Waits for an item, and takes it out.</summary>
    /// <exception cref="QueueCompletedException">There is none, and none will come.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled; no item was taken.</exception>
    public ValueTask<T> TakeAsync(CancellationToken cancellationToken = default) => TakeAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="TakeAsync(CancellationToken)"/>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public ValueTask<T> TakeAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Take, Question.Plain, (call, outcome) => Taken(call, outcome)[0], timeout, cancellationToken);

    /// <summary>Waits for an item, and takes it and as many as there are behind it, up to a number.</summary>
    /// <param name="max">From 1 to 256.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <inheritdoc cref="TakeAsync(CancellationToken)" path="/exception"/>
    public ValueTask<T[]> TakeManyAsync(int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, BatchMax);
        return AskAsync(Operation.Take, new Question(max), Taken, null, cancellationToken);
    }

    /// <summary>Takes an item if there is one now.</summary>
    /// <exception cref="QueueCompletedException">There is none, and none will come.</exception>
    public ValueTask<(bool Taken, T? Item)> TryTakeAsync(CancellationToken cancellationToken = default) =>
        AskAsync<(bool, T?)>(
            Operation.Take, new Question(IsTry: true), (call, outcome) => outcome.Kind == OutcomeKind.Granted ? (true, Taken(call, outcome)[0]) : (false, default), null, cancellationToken);

    /// <summary>Says that no more items come: consumers take what there is, and then learn that it was all. Puts that wait for room fail.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => DoneAsync(Operation.Complete, Question.Plain, null, cancellationToken);

    /// <summary>Items in the queue at this moment; not those that consumers have fetched ahead.</summary>
    public ValueTask<int> CountAsync(CancellationToken cancellationToken = default) =>
        AskAsync(Operation.Get, Question.Plain, static (_, outcome) => (int)outcome.Number, null, cancellationToken);

    /// <summary>
    /// Takes item after item until the queue is completed. Items are fetched ahead, as many as are consumed in about 5 ms and at most
    /// <paramref name="prefetch"/>; those not yet yielded go back to their place when the loop is left, or its process dies.
    /// </summary>
    /// <param name="prefetch">From 1 to 256. Default 256. With 1, no item is kept from other consumers while one is worked on.</param>
    /// <param name="cancellationToken">Ends the loop with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<T> ReadAllAsync(int prefetch = BatchMax, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefetch, BatchMax);
        for (var wanted = 1; ;)
        {
            CoordinationCall call;
            object[] items;
            try
            {
                (call, items) = await AskAsync(Operation.Take, new Question(wanted), static (call, outcome) => (call, outcome.Items!), null, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (QueueCompletedException)
            {
                yield break;
            }

            var taken = 0;
            var began = Stopwatch.GetTimestamp();
            try
            {
                while (taken < items.Length)
                {
                    // Counted first: an item that cannot be read would come back for ever.
                    yield return Backend.Unwrap<T>(items[taken++]);
                }
            }
            finally
            {
                Backend.Acknowledge(call, taken);
                if (taken < items.Length)
                    Backend.End(call);
            }

            wanted = NextBatch(wanted, items.Length, Stopwatch.GetElapsedTime(began), prefetch);
        }
    }

    internal static int NextBatch(int wanted, int got, TimeSpan elapsed, int max)
    {
        if (elapsed > AheadMax)
            return Math.Max(1, (int)(got * (AheadMax / elapsed)));
        return got < wanted ? wanted : Math.Min(wanted * 2, max);
    }

    private T[] Taken(CoordinationCall call, Outcome outcome) => DistributedQueue.Taken<T>(Backend, call, outcome);
}
