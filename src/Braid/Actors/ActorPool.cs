using System.Runtime.CompilerServices;

namespace Braid;

/// <summary>
/// Several actors of one kind, for work that any of them can do: each call goes to the one that has the fewest calls of this pool pending.
/// Calls of one caller may overtake each other, as they go to different actors. Thread-safe.
/// </summary>
/// <typeparam name="T">The actors' class.</typeparam>
public sealed class ActorPool<T> : IAsyncDisposable
{
    /// <summary>Calls of <see cref="MapAsync"/> that are under way for each actor: one runs, one waits so that the actor never idles for a round trip.</summary>
    private const int MappedEach = 2;

    private readonly ActorRef<T>[] _actors;

    /// <summary>Calls sent and not known to have ended, by actor. Guarded by <see cref="_gate"/>.</summary>
    private readonly LinkedList<Sent>[] _sent;

    private readonly Lock _gate = new();

    private int _turn;

    internal ActorPool(ActorRef<T>[] actors)
    {
        _actors = actors;
        _sent = [.. actors.Select(_ => new LinkedList<Sent>())];
    }

    /// <summary>The actors, to call one in particular.</summary>
    public IReadOnlyList<ActorRef<T>> Actors => _actors;

    /// <summary>Runs a lambda on the least busy actor.</summary>
    /// <exception cref="ActorMailboxFullException">The mailboxes are full.</exception>
    public ObjectRef<TResult> Call<TResult>(Func<T, TResult> body, CallOptions? options = null)
    {
        var index = Pick();
        return Counted(index, _actors[index].Call(body, options));
    }

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef<TResult> Call<TResult>(Func<T, Task<TResult>> body, CallOptions? options = null)
    {
        var index = Pick();
        return Counted(index, _actors[index].Call(body, options));
    }

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef Call(Action<T> body, CallOptions? options = null)
    {
        var index = Pick();
        return Counted(index, _actors[index].Call(body, options));
    }

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef Call(Func<T, Task> body, CallOptions? options = null)
    {
        var index = Pick();
        return Counted(index, _actors[index].Call(body, options));
    }

    /// <summary>
    /// Calls a function with each item, on whichever actor is least busy, and yields the results in the order of the items. Two calls for each actor
    /// are under way at most; items are taken as results are.
    /// </summary>
    /// <exception cref="Exception">What the first failed call threw, when its turn comes.</exception>
    public async IAsyncEnumerable<TResult> MapAsync<TItem, TResult>(
        IEnumerable<TItem> items, Func<T, TItem, TResult> function, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(function);
        var underWay = new Queue<ObjectRef<TResult>>();
        foreach (var item in items)
        {
            underWay.Enqueue(Call(actor => function(actor, item)));
            if (underWay.Count >= _actors.Length * MappedEach)
                yield return await underWay.Dequeue().GetAsync(cancellationToken).ConfigureAwait(false);
        }

        while (underWay.TryDequeue(out var next))
            yield return await next.GetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops all actors gracefully.</summary>
    /// <exception cref="Exception">What the disposal of one of them threw.</exception>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_actors.Select(actor => actor.StopAsync())).ConfigureAwait(false);

    private int Pick()
    {
        var start = (int)((uint)Interlocked.Increment(ref _turn) % (uint)_actors.Length);
        lock (_gate)
        {
            var best = start;
            for (var i = 1; i < _actors.Length; i++)
            {
                var at = (start + i) % _actors.Length;
                if (Pending(at) < Pending(best))
                    best = at;
            }

            return best;
        }
    }

    /// <summary>Who has awaited a call finds it ended here, though what follows its end on a thread of the pool has not come yet. Under the gate.</summary>
    private int Pending(int actor)
    {
        var sent = _sent[actor];
        while (sent.First is { Value.HasEnded: true })
            sent.RemoveFirst();
        while (sent.Last is { Value.HasEnded: true })
            sent.RemoveLast();
        return sent.Count;
    }

    private TReference Counted<TReference>(int index, TReference call)
        where TReference : ObjectRef
    {
        LinkedListNode<Sent> node;
        lock (_gate)
            node = _sent[index].AddLast(new Sent(call.State));
        call.State.Completion.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() =>
        {
            lock (_gate)
                node.List?.Remove(node);
        });
        return call;
    }

    private readonly record struct Sent(IObjectState State)
    {
        public bool HasEnded => State.Status != ObjectStatus.Pending;
    }
}
