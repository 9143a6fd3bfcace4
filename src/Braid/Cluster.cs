using Braid.Driver;
using Braid.Execution;

namespace Braid;

/// <summary>
/// Workers that run lambdas. <c>Submit</c> returns at once with a reference to what the lambda will return; what the lambda captures
/// travels with it, and a captured reference is a dependency.
/// </summary>
/// <remarks>All members may be called from several threads at once. Inside a task, <see cref="Current"/> is the cluster that runs it.</remarks>
public sealed partial class Cluster : IAsyncDisposable
{
    private readonly ClusterBackend _backend;

    internal Cluster(ClusterBackend backend) => _backend = backend;

    /// <summary>The cluster whose task this code runs in. A task reaches the cluster by it, to submit more.</summary>
    /// <exception cref="InvalidOperationException">This code does not run in a task.</exception>
    public static Cluster Current =>
        TaskExecution.Current?.Backend.Cluster
        ?? throw new InvalidOperationException("Cluster.Current is there only inside a task. Elsewhere use the cluster that StartAsync returned.");

    internal ClusterBackend Backend => _backend;

    /// <summary>
    /// Starts a cluster: by default one worker process per processor. <c>BRAID_CLUSTER</c> in the environment chooses another engine
    /// where no options are given.
    /// </summary>
    /// <exception cref="BraidException">A worker did not start; the message says what it wrote.</exception>
    /// <exception cref="PlatformNotSupportedException">Worker processes cannot be had here (NativeAOT).</exception>
    /// <exception cref="OperationCanceledException">The token was signalled before the workers were there.</exception>
    public static Task<Cluster> StartAsync(ClusterOptions? options = null, CancellationToken cancellationToken = default) =>
        DriverBackend.StartAsync(options, cancellationToken);

    /// <summary>
    /// Keeps a value in the cluster, for any number of tasks to use: it is serialized once. It lives until no reference to it can be
    /// reached, and worker deaths do not harm it.
    /// </summary>
    /// <exception cref="Serialization.SerializationException">The value cannot travel; the message names the part that cannot.</exception>
    public ObjectRef<T> Put<T>(T value) => _backend.Put(value);

    /// <summary>
    /// Runs a lambda that yields items, and hands them on as they are produced, in order. The producer waits while
    /// <see cref="TaskOptions.StreamBuffer"/> items are under way. Leaving the loop early cancels the task. A stream runs again after a
    /// lost worker only as long as nothing of it has arrived.
    /// </summary>
    public IAsyncEnumerable<T> Stream<T>(Func<IAsyncEnumerable<T>> body, TaskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return _backend.Stream((Func<IAsyncEnumerable<T>>)StreamInvoker<T>.Instance.Typed(body), Checked(options));
    }

    /// <summary>Waits for all, then returns their values in order; throws what the first failed one threw.</summary>
    /// <exception cref="ArgumentException">One of the references is null.</exception>
    public static async Task<T[]> WhenAll<T>(IEnumerable<ObjectRef<T>> references)
    {
        var all = ReferenceSet.Checked(references);
        await ReferenceSet.WhenAllAsync(all).ConfigureAwait(false);
        var values = new T[all.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = all[i].Result();
        return values;
    }

    /// <summary>Waits for all; throws what the first failed one threw.</summary>
    /// <exception cref="ArgumentException">One of the references is null.</exception>
    public static async Task WhenAll(IEnumerable<ObjectRef> references)
    {
        var all = ReferenceSet.Checked(references);
        await ReferenceSet.WhenAllAsync(all).ConfigureAwait(false);
        foreach (var reference in all)
            reference.ThrowIfUnsuccessful();
    }

    /// <summary>
    /// Waits until <paramref name="count"/> of the references have ended (in whatever way), or the time is up, and says which have and
    /// which have not, each in the order given. Never throws what a task threw.
    /// </summary>
    /// <param name="references">What to wait for.</param>
    /// <param name="count">From 0 to their number. Default 1.</param>
    /// <param name="timeout">Default: no limit.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">One of the references is null.</exception>
    public Task<(IReadOnlyList<TRef> Ready, IReadOnlyList<TRef> Pending)> WaitAsync<TRef>(
        IEnumerable<TRef> references, int count = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where TRef : ObjectRef
    {
        ArgumentNullException.ThrowIfNull(references);
        return ReferenceSet.WaitAsync(ReferenceSet.Checked<TRef>([.. references]), count, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Yields the references as they end, in whatever way: the fastest first.</summary>
    /// <exception cref="ArgumentException">One of the references is null.</exception>
    public IAsyncEnumerable<TRef> AsCompleted<TRef>(IEnumerable<TRef> references, CancellationToken cancellationToken = default)
        where TRef : ObjectRef
    {
        ArgumentNullException.ThrowIfNull(references);
        return ReferenceSet.AsCompletedAsync(ReferenceSet.Checked<TRef>([.. references]), cancellationToken);
    }

    /// <summary>Workers, pending tasks and memory, as they are now. Inside a task only the worker itself is known.</summary>
    public ClusterInfo Describe() => _backend.Describe();

    /// <summary>
    /// Ends the cluster: what is pending is cancelled (awaiting it throws <see cref="TaskCanceledException"/>), and the workers, their
    /// shared memory and files are gone when this returns. Inside a task it does nothing.
    /// </summary>
    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private static TaskOptions Checked(TaskOptions? options)
    {
        if (options is null)
            return TaskOptions.Default;
        options.Check();
        // No timer takes it, and not every number of milliseconds that it makes can be read back.
        return options.Timeout is { } timeout && ObjectWaits.Limit(timeout) == Timeout.InfiniteTimeSpan ? options with { Timeout = null } : options;
    }
}
