using Braid.Mpi.Objects;

namespace Braid.Mpi;

/// <content>
/// Awaited collectives of objects. Each takes several operations of MPI, so they run one after the other, in the order of the calls, in a communicator of
/// their own: a duplicate, or what is merged of an inter-communicator's sides, which the first of these calls makes and so waits for all ranks.
/// </content>
public partial class Communicator
{
    private readonly Lock _asideGate = new();

    /// <summary>Where awaited collectives and reductions of objects run, apart from the user's messages; null until first needed.</summary>
    private Communicator? _aside;

    /// <summary>The last awaited collective of objects, which the next one waits for; guarded by <see cref="_asideGate"/>.</summary>
    private Task _lastAside = Task.CompletedTask;

    /// <summary>As <see cref="BroadcastObject"/>. The object may be changed as soon as the call has returned.</summary>
    public Task<T?> BroadcastObjectAsync<T>(T? value, int root = 0)
    {
        Outgoing? own = IsRoot(root) ? Outgoing.Of(value) : null;
        return AsideAsync(steps => TypedCollectives.BroadcastAsync(steps, value, own, root));
    }

    /// <inheritdoc cref="GatherObjects"/>
    public Task<T?[]> GatherObjectsAsync<T>(T value, int root = 0)
    {
        var own = Outgoing.Of(value);
        return AsideAsync(steps => TypedCollectives.GatherAsync<T>(steps, own, root));
    }

    /// <inheritdoc cref="ScatterObjects"/>
    public Task<T?> ScatterObjectsAsync<T>(IReadOnlyList<T>? values, int root = 0)
    {
        var all = IsRoot(root) ? Outgoing.OfEach(values!, Peers, nameof(values)) : null;
        return AsideAsync(steps => TypedCollectives.ScatterAsync<T>(steps, all, root));
    }

    /// <inheritdoc cref="AllGatherObjects"/>
    public Task<T?[]> AllGatherObjectsAsync<T>(T value)
    {
        var own = Outgoing.Of(value);
        return AsideAsync(steps => TypedCollectives.AllGatherAsync<T>(steps, own));
    }

    /// <inheritdoc cref="AllToAllObjects"/>
    public Task<T?[]> AllToAllObjectsAsync<T>(IReadOnlyList<T> values)
    {
        var all = Outgoing.OfEach(values, Peers, nameof(values));
        return AsideAsync(steps => TypedCollectives.AllToAllAsync<T>(steps, all));
    }

    /// <summary>As <see cref="ReduceObject"/>; the object must not be changed until it is done.</summary>
    public Task<T?> ReduceObjectAsync<T>(T value, Func<T, T, T> combine, int root = 0)
    {
        CheckedRoot(root);
        return AsideAsync(steps => ObjectReductions.ReduceAsync(steps, value, combine, root));
    }

    /// <summary>As <see cref="AllReduceObject"/>; the object must not be changed until it is done.</summary>
    public Task<T> AllReduceObjectAsync<T>(T value, Func<T, T, T> combine) =>
        AsideAsync(steps => ObjectReductions.AllReduceAsync(steps, value, combine));

    private Communicator Aside()
    {
        lock (_asideGate)
        {
            return _aside ??= IsInter ? Merge(high: false) : Duplicate();
        }
    }

    private CollectiveSteps StepsAside(bool awaits)
    {
        var aside = Aside();
        return new(aside, awaits, IsInter ? Sides.Of(this, aside) : null);
    }

    private Task LastAside()
    {
        lock (_asideGate)
        {
            return EndOf(_lastAside);
        }
    }

    private Task<T> AsideAsync<T>(Func<CollectiveSteps, ValueTask<T>> run)
    {
        var steps = StepsAside(awaits: true);
        lock (_asideGate)
        {
            var next = AfterAsync(_lastAside, run, steps);
            _lastAside = next;
            return next;
        }
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<CollectiveSteps, ValueTask<T>> run, CollectiveSteps steps)
    {
        await EndOf(before);
        return await run(steps);
    }

    /// <summary>The end of a task, good or bad: whoever awaits the task itself hears which.</summary>
    private static async Task EndOf(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
