using System.Diagnostics;

namespace Braid.Chaos;

/// <summary>Work of every kind on a cluster whose workers are killed, and what must be so at its end. Tells on standard output; 0 when all was well.</summary>
internal static class ChaosRun
{
    private const int Workers = 3;

    /// <summary>What the driver's heap may have grown by, from a third of the time to its end: noise, and what the runtime keeps.</summary>
    private const long HeapGrowthMax = 16 << 20;

    public static async Task<int> RunAsync(TimeSpan duration, int seed)
    {
        Console.WriteLine($"seed {seed}, {duration.TotalSeconds:N0} s");
        using var folders = new Folders();
        var faults = new List<string>();
        var handlesBefore = Leaks.Handles();
        await using (var cluster = await Cluster.StartAsync(OptionsOf(folders)))
        {
            await RunOnAsync(cluster, duration, seed, faults);
            await Leaks.CheckAsync("bytes in shared memory are 0 once nothing refers to a value", () => cluster.Describe() is { SharedBytes: 0, SpilledBytes: 0 }, faults);
            if (cluster.Describe().PendingTasks != 0)
                faults.Add($"{cluster.Describe().PendingTasks} tasks are pending at the end.");
            await Leaks.CheckAsync($"{Workers} workers are alive", () => cluster.Describe().Workers.Count == Workers, faults);
            await Leaks.CheckAsync($"{Workers} worker processes are there", () => Leaks.ProcessesOf(folders.Memory).Count == Workers, faults);
        }

        if (Leaks.ProcessesOf(folders.Memory) is { Count: > 0 } left)
            faults.Add($"Processes {string.Join(", ", left)} are still there.");
        if (folders.Contents() is { Length: > 0 } files)
            faults.Add($"Files are left: {string.Join(", ", files.Take(10))}.");
        // The console's, and those that the runtime opens once for itself.
        await Leaks.CheckAsync("the driver's handles are what they were", () => Leaks.Handles() <= handlesBefore + 8, faults);
        Console.WriteLine($"handles: {handlesBefore} before, {Leaks.Handles()} after: {Leaks.DescribeHandles()}");
        foreach (var fault in faults)
            Console.WriteLine("FAULT " + fault);
        Console.WriteLine(faults.Count == 0 ? "All was right, and nothing is left." : $"{faults.Count} faults; replay with --seed {seed}.");
        return faults.Count == 0 ? 0 : 1;
    }

    private static ClusterOptions OptionsOf(Folders folders) => new()
    {
        Workers = Workers,
        HangTimeout = TimeSpan.FromSeconds(1),
        Store = new ObjectStoreOptions { MemoryDirectory = folders.Memory, SpillDirectory = folders.Spill, MemoryBudgetBytes = 256 << 20 },
        // What dying workers say is no news here.
        Output = static _ => { },
    };

    private static async Task RunOnAsync(Cluster cluster, TimeSpan duration, int seed, List<string> faults)
    {
        using var over = new CancellationTokenSource();
        var killer = new Killer(cluster, seed);
        var lanes = new Lanes(cluster, over.Token);
        var running = lanes.Start();
        var killing = killer.RunAsync(over.Token);
        var watch = Stopwatch.StartNew();
        long heapAtThird = 0;
        while (watch.Elapsed < duration && !running.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            if (heapAtThird == 0 && watch.Elapsed > duration / 3)
                heapAtThird = GC.GetTotalMemory(forceFullCollection: true);
        }

        await over.CancelAsync();
        try
        {
            // A worker that was stopped is replaced within seconds; what takes longer hangs.
            await Task.WhenAll(running, killing).WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (Exception e)
        {
            faults.Add($"{e.GetType().Name}: {e.Message}{Environment.NewLine}{e.StackTrace}");
        }

        var heap = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"{killer.Describe()}; {lanes.Describe()}");
        Console.WriteLine($"heap {heapAtThird / 1e6:N1} MB after a third, {heap / 1e6:N1} MB at the end; resident {Environment.WorkingSet / 1e6:N0} MB");
        if (heap > heapAtThird + HeapGrowthMax)
            faults.Add($"The driver's heap has grown from {heapAtThird:N0} to {heap:N0} bytes.");
    }
}
