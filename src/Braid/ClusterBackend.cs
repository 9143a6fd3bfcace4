using Braid.Coordination.Client;
using Braid.Execution;

namespace Braid;

/// <summary>What a <see cref="Cluster"/> hands its calls to: the driver itself, or a worker's link to the driver.</summary>
internal abstract partial class ClusterBackend
{
    protected ClusterBackend() => Cluster = new Cluster(this);

    /// <summary>The face that users see of it.</summary>
    public Cluster Cluster { get; }

    /// <summary>How the handles of locks, queues and the like reach what they stand for.</summary>
    public abstract CoordinationBackend Coordination { get; }

    public abstract ObjectRef<T> Submit<T>(Delegate body, Invoker invoker, TaskOptions options);

    public abstract ObjectRef<T> Put<T>(T value);

    public abstract IAsyncEnumerable<T> Stream<T>(Func<IAsyncEnumerable<T>> body, TaskOptions options);

    public abstract void Cancel(IObjectState state, bool force);

    public abstract ClusterInfo Describe();

    public virtual Task ScaleAsync(int workers, CancellationToken cancellationToken) => throw NotHere(nameof(Cluster.ScaleAsync));

    public virtual Task DrainAsync(TimeSpan timeout, CancellationToken cancellationToken) => throw NotHere(nameof(Cluster.DrainAsync));

    private static InvalidOperationException NotHere(string what) =>
        new($"{what} is for the process that started the cluster to call, not for a task.");

    public abstract ValueTask DisposeAsync();
}
