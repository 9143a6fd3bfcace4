using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Braid.Execution;

/// <summary>Waits over several references at once.</summary>
internal static class ReferenceSet
{
    /// <exception cref="ArgumentException">One of them is null.</exception>
    public static IReadOnlyList<TRef> Checked<TRef>(IEnumerable<TRef> references) where TRef : ObjectRef
    {
        ArgumentNullException.ThrowIfNull(references);
        var all = references as IReadOnlyList<TRef> ?? [.. references];
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i] is null)
                throw new ArgumentException($"The reference at index {i} of {all.Count} is null.", nameof(references));
        }

        return all;
    }

    /// <summary>Waits for the end of all, one after the other: those that have ended meanwhile cost nothing.</summary>
    public static Task WhenAllAsync(IReadOnlyList<ObjectRef> references)
    {
        var first = 0;
        while (first < references.Count && references[first].IsCompleted)
            first++;
        return first == references.Count
            ? Task.CompletedTask
            : ObjectWaits.WaitAsync(references, RestAsync(references, first), Timeout.InfiniteTimeSpan, default);

        static async Task RestAsync(IReadOnlyList<ObjectRef> references, int first)
        {
            for (var i = first; i < references.Count; i++)
            {
                if (!references[i].IsCompleted)
                    await references[i].State.Completion.ConfigureAwait(false);
            }
        }
    }

    public static async Task<(IReadOnlyList<TRef> Ready, IReadOnlyList<TRef> Pending)> WaitAsync<TRef>(
        IReadOnlyList<TRef> references, int count, TimeSpan timeout, CancellationToken cancellationToken)
        where TRef : ObjectRef
    {
        if (count < 0 || count > references.Count)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"The count must be from 0 to the number of references, {references.Count}.");
        cancellationToken.ThrowIfCancellationRequested();
        var arrived = references.Count(reference => reference.IsCompleted);
        if (arrived < count)
        {
            var (ended, enough) = Watch(references, count);
            try
            {
                await ObjectWaits.WaitAsync(references, enough, timeout, cancellationToken, count).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // What has ended by now is the answer.
            }
            finally
            {
                ended.Writer.TryComplete();
            }
        }

        List<TRef> ready = [], pending = [];
        foreach (var reference in references)
            (reference.IsCompleted ? ready : pending).Add(reference);
        return (ready, pending);
    }

    public static async IAsyncEnumerable<TRef> AsCompletedAsync<TRef>(
        IReadOnlyList<TRef> references, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRef : ObjectRef
    {
        var (ended, _) = Watch(references, references.Count);
        for (var i = 0; i < references.Count; i++)
        {
            while (!ended.Reader.TryPeek(out _))
            {
                var arrival = ended.Reader.WaitToReadAsync(cancellationToken).AsTask();
                // Naming all of them at each wait would cost their square.
                await ObjectWaits.WaitAsync([], arrival, Timeout.InfiniteTimeSpan, default).ConfigureAwait(false);
            }

            ended.Reader.TryRead(out var next);
            yield return references[next];
        }
    }

    /// <summary>The indices of the references in the order of their ends, and a task that ends with the <paramref name="count"/>-th.</summary>
    private static (Channel<int> Ended, Task Enough) Watch<TRef>(IReadOnlyList<TRef> references, int count) where TRef : ObjectRef
    {
        var ended = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleReader = true });
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = 0;
        if (count == 0)
            enough.SetResult();
        for (var i = 0; i < references.Count; i++)
        {
            var index = i;
            var completion = references[i].State.Completion;
            if (completion.IsCompleted)
                Arrive(index);
            else
                completion.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => Arrive(index));
        }

        return (ended, enough.Task);

        void Arrive(int index)
        {
            ended.Writer.TryWrite(index);
            if (Interlocked.Increment(ref seen) == count)
                enough.TrySetResult();
        }
    }
}
