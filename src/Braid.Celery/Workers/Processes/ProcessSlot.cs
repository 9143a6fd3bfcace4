namespace Braid.Celery.Workers.Processes;

/// <summary>One worker process, which runs one task at a time. Ended, it is never used again.</summary>
internal sealed class ProcessSlot : IAsyncDisposable
{
    private readonly Cluster _cluster;

    private ProcessSlot(Cluster cluster, int pid, int generation)
    {
        _cluster = cluster;
        Pid = pid;
        Generation = generation;
    }

    internal int Pid { get; }

    /// <summary>How often the pool had been restarted when it was started.</summary>
    internal int Generation { get; }

    /// <summary>How many tasks it has run.</summary>
    internal int Tasks { get; set; }

    internal static async Task<ProcessSlot> StartAsync(Func<CeleryApp> factory, int generation, CancellationToken cancellationToken)
    {
        var cluster = await Cluster.StartAsync(new ClusterOptions { Engine = Engine.Processes, Workers = 1, CancelGrace = TimeSpan.Zero }, cancellationToken);
        try
        {
            var pid = await cluster.Submit(() => ChildTask.Prepare(factory), new TaskOptions { Retries = 0, Name = "make the Celery app" }).GetAsync(cancellationToken);
            return new(cluster, pid, generation);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    internal ObjectRef<ChildOutcome> Run(Func<CeleryApp> factory, ChildCall call, string name) =>
        _cluster.Submit(cancelled => ChildTask.RunAsync(factory, call, cancelled), new TaskOptions { Retries = 0, Name = name });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
