namespace Braid;

/// <summary>How a <see cref="ProcessPool"/> is made.</summary>
public sealed record ProcessPoolOptions
{
    /// <summary>Worker processes, each running one call at a time; from 1 to 1024. Default: one per processor.</summary>
    public int? Workers { get; init; }

    /// <summary>Runs once in each worker before its first call. Default: nothing.</summary>
    public Action? Initializer { get; init; }

    /// <summary>Replaces a worker after so many tasks (a chunk of a map is one). At least 1. Default: never.</summary>
    public int? TasksPerWorkerMax { get; init; }

    internal ClusterOptions ToClusterOptions() => ClusterOptions.FromEnvironment() with
    {
        Workers = Workers ?? ClusterOptions.FromEnvironment().Workers,
        WorkerInitializer = Initializer,
        TasksPerWorkerMax = TasksPerWorkerMax,
    };
}
