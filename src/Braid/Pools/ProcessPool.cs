using System.Runtime.CompilerServices;
using Braid.Pools;

namespace Braid;

/// <summary>
/// Worker processes for calls and maps, as Python's <c>multiprocessing.Pool</c> and <c>concurrent.futures</c> have them. Functions are
/// lambdas and may capture; an exception of a call comes back as itself and cancels what is left of its map.
/// </summary>
public sealed class ProcessPool : IAsyncDisposable
{
    private readonly bool _ownsCluster;
    private readonly int _slots;

    private ProcessPool(Cluster cluster, bool ownsCluster)
    {
        Cluster = cluster;
        _ownsCluster = ownsCluster;
        _slots = Math.Max(1, cluster.Describe().Workers.Sum(worker => worker.Slots));
    }

    /// <summary>The cluster underneath, for all that a pool does not offer.</summary>
    public Cluster Cluster { get; }

    /// <summary>Starts worker processes of its own; <c>BRAID_CLUSTER</c> chooses another engine.</summary>
    /// <param name="workers">From 1 to 1024. Default: one per processor.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static Task<ProcessPool> StartAsync(int? workers = null, CancellationToken cancellationToken = default) =>
        StartAsync(new ProcessPoolOptions { Workers = workers }, cancellationToken);

    /// <inheritdoc cref="StartAsync(int?, CancellationToken)"/>
    public static async Task<ProcessPool> StartAsync(ProcessPoolOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ProcessPool(await Cluster.StartAsync(options.ToClusterOptions(), cancellationToken).ConfigureAwait(false), ownsCluster: true);
    }

    /// <summary>The same calls on a cluster that is running; disposing of the pool leaves the cluster alone.</summary>
    public static ProcessPool On(Cluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return new ProcessPool(cluster, ownsCluster: false);
    }

    /// <summary>Runs one call on some worker.</summary>
    public Task<TResult> ApplyAsync<TResult>(Func<TResult> function, CancellationToken cancellationToken = default) =>
        AwaitAsync(Cluster.Submit(function), cancellationToken);

    // The overloads for Task go first: an async lambda could be a ValueTask too, or a function whose result, a Task, cannot travel.

    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task<TResult> ApplyAsync<TResult>(Func<Task<TResult>> function, CancellationToken cancellationToken = default) =>
        AwaitAsync(Cluster.Submit(function), cancellationToken);

    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)"/>
    public Task<TResult> ApplyAsync<TResult>(Func<ValueTask<TResult>> function, CancellationToken cancellationToken = default) =>
        AwaitAsync(Cluster.Submit(function), cancellationToken);

    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)"/>
    public Task ApplyAsync(Action action, CancellationToken cancellationToken = default) =>
        AwaitAsync(Cluster.Submit(action), cancellationToken);

    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task ApplyAsync(Func<Task> action, CancellationToken cancellationToken = default) =>
        AwaitAsync(Cluster.Submit(action), cancellationToken);

    /// <inheritdoc cref="ApplyAsync{TResult}(Func{TResult}, CancellationToken)"/>
    public Task ApplyAsync(Func<ValueTask> action, CancellationToken cancellationToken = default) =>
        AwaitAsync(Cluster.Submit(action), cancellationToken);

    /// <summary>Calls the function on every item, in chunks; the results are in the order of the items.</summary>
    /// <exception cref="OperationCanceledException">The token was signalled; chunks not begun are not run.</exception>
    public Task<TResult[]> MapAsync<T, TResult>(
        Func<T, TResult> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAsync(new MappedSync<T, TResult>(Given(function)), items, options, cancellationToken);

    /// <inheritdoc cref="MapAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task<TResult[]> MapAsync<T, TResult>(
        Func<T, Task<TResult>> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAsync(new MappedTask<T, TResult>(Given(function)), items, options, cancellationToken);

    /// <inheritdoc cref="MapAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>
    public Task<TResult[]> MapAsync<T, TResult>(
        Func<T, ValueTask<TResult>> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAsync(new MappedValueTask<T, TResult>(Given(function)), items, options, cancellationToken);

    /// <summary>Calls the function with the members of each tuple as its arguments (Python's star-map).</summary>
    public Task<TResult[]> MapAsync<T1, T2, TResult>(
        Func<T1, T2, TResult> function, IEnumerable<(T1, T2)> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAsync(new MappedPairs<T1, T2, TResult>(Given(function)), items, options, cancellationToken);

    /// <inheritdoc cref="MapAsync{T1, T2, TResult}(Func{T1, T2, TResult}, IEnumerable{ValueTuple{T1, T2}}, MapOptions?, CancellationToken)"/>
    public Task<TResult[]> MapAsync<T1, T2, T3, TResult>(
        Func<T1, T2, T3, TResult> function, IEnumerable<(T1, T2, T3)> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAsync(new MappedTriples<T1, T2, T3, TResult>(Given(function)), items, options, cancellationToken);

    /// <summary>
    /// Calls the function on items as their results are consumed, in order. The input may be endless: no more than
    /// <see cref="MapOptions.LookAhead"/> chunks are taken ahead. Leaving the loop cancels what is under way.
    /// </summary>
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        Func<T, TResult> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Streamed(new MappedSync<T, TResult>(Given(function)), items, options).OrderedAsync(items, cancellationToken);

    /// <inheritdoc cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        Func<T, Task<TResult>> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Streamed(new MappedTask<T, TResult>(Given(function)), items, options).OrderedAsync(items, cancellationToken);

    /// <inheritdoc cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T, TResult>(
        Func<T, ValueTask<TResult>> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Streamed(new MappedValueTask<T, TResult>(Given(function)), items, options).OrderedAsync(items, cancellationToken);

    /// <summary>As <see cref="MapStreamAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>, but a result comes as soon as it is there, in whatever order.</summary>
    public IAsyncEnumerable<TResult> MapUnorderedAsync<T, TResult>(
        Func<T, TResult> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Streamed(new MappedSync<T, TResult>(Given(function)), items, options).UnorderedAsync(items, cancellationToken);

    /// <inheritdoc cref="MapUnorderedAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public IAsyncEnumerable<TResult> MapUnorderedAsync<T, TResult>(
        Func<T, Task<TResult>> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Streamed(new MappedTask<T, TResult>(Given(function)), items, options).UnorderedAsync(items, cancellationToken);

    /// <inheritdoc cref="MapUnorderedAsync{T, TResult}(Func{T, TResult}, IEnumerable{T}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapUnorderedAsync<T, TResult>(
        Func<T, ValueTask<TResult>> function, IEnumerable<T> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Streamed(new MappedValueTask<T, TResult>(Given(function)), items, options).UnorderedAsync(items, cancellationToken);

    /// <summary>Ends the workers, unless the cluster is another's; what is pending is cancelled.</summary>
    public ValueTask DisposeAsync() => _ownsCluster ? Cluster.DisposeAsync() : ValueTask.CompletedTask;

    private static TDelegate Given<TDelegate>(TDelegate function) where TDelegate : Delegate
    {
        ArgumentNullException.ThrowIfNull(function);
        return function;
    }

    private static async Task<TResult> AwaitAsync<TResult>(ObjectRef<TResult> reference, CancellationToken cancellationToken)
    {
        await using var cancel = cancellationToken.UnsafeRegister(static reference => ((ObjectRef)reference!).Cancel(), reference).ConfigureAwait(false);
        return await reference.GetAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task AwaitAsync(ObjectRef reference, CancellationToken cancellationToken)
    {
        await using var cancel = cancellationToken.UnsafeRegister(static reference => ((ObjectRef)reference!).Cancel(), reference).ConfigureAwait(false);
        await reference.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    private Task<TResult[]> WholeAsync<T, TResult>(MappedFunction<T, TResult> function, IEnumerable<T> items, MapOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        options ??= MapOptions.Default;
        options.Check();
        return WholeMap.RunAsync(Cluster, _slots, function, items, options, cancellationToken);
    }

    private StreamedMap<T, TResult> Streamed<T, TResult>(StreamedFunction<T, TResult> function, IEnumerable<T> items, MapOptions? options)
    {
        ArgumentNullException.ThrowIfNull(items);
        options ??= MapOptions.Default;
        options.Check();
        return new StreamedMap<T, TResult>(Cluster, _slots, function, options);
    }
}
