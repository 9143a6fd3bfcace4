using System.Collections.Concurrent;
using System.Globalization;
using Braid.Driver;
using Braid.Engines.Processes;

namespace Braid.Tests.Engines;

/// <summary>A cluster of a test or of a class. Its end is checked: no process and no directory of it may remain.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private RunningCluster(Cluster cluster, ConcurrentQueue<WorkerOutput> output)
    {
        Cluster = cluster;
        Output = output;
        var store = (((DriverBackend)cluster.Backend).Session as ProcessSession)?.Store;
        Directories = store is null ? [] : [store.MemoryDirectory, store.SpillDirectory];
    }

    public Cluster Cluster { get; }

    /// <summary>What its workers wrote to their consoles.</summary>
    public ConcurrentQueue<WorkerOutput> Output { get; }

    /// <summary>Of its values in shared memory and on disk; none where there are no processes.</summary>
    public string[] Directories { get; }

    /// <summary>Every process that was started as a worker of this cluster and still exists.</summary>
    public int[] Processes => Directories.Length == 0 ? [] : WorkersOf(Directories[0]);

    public static async Task<RunningCluster> StartAsync(string engine, Func<ClusterOptions, ClusterOptions>? configure = null)
    {
        var output = new ConcurrentQueue<WorkerOutput>();
        var options = new ClusterOptions
        {
            Engine = EngineNames.Of(engine),
            Workers = 2,
            SlotsPerWorker = 1,
            StartTimeout = Until.Deadline,
            Output = output.Enqueue,
        };
        return new RunningCluster(await Cluster.StartAsync(configure is null ? options : configure(options)), output);
    }

    /// <summary>The processes whose environment names a cluster's directory: no other has it.</summary>
    public static int[] WorkersOf(string memoryDirectory) =>
        [.. Directory.GetDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id != 0 && EnvironmentOf(id).Contains(memoryDirectory, StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Assert.Empty(Processes);
        Assert.DoesNotContain(Directories, Directory.Exists);
    }

    private static string EnvironmentOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is another user's.
            return "";
        }
    }
}
