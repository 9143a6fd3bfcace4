using System.Diagnostics;
using Braid;

// How tests run it: `hold FOLDER` starts a cluster with work and large values in it, some of them spilled, in the folders `memory` and `spill`
// of that folder, says so, and waits to be killed;
// `outlive ENGINE` has three clusters, one after the other, and says what is left of them when they have been disposed of;
// `rebuilt` starts its workers over the assembly in its folder, which the test has replaced by another build after this process has read it.
switch (args)
{
    case ["hold", var folder]:
        await HoldAsync(folder);
        return 0;
    case ["outlive", var engine]:
        await OutliveAsync(engine);
        return 0;
    case ["rebuilt"]:
        return await RebuiltAsync();
    default:
        Console.Error.WriteLine("hold FOLDER | outlive ENGINE | rebuilt");
        return 2;
}

static async Task HoldAsync(string folder)
{
    await using var cluster = await Cluster.StartAsync(new()
    {
        Workers = 2,
        // Room for one of the two values that follow.
        Store = new() { MemoryDirectory = Path.Combine(folder, "memory"), SpillDirectory = Path.Combine(folder, "spill"), MemoryBudgetBytes = 12 << 20 },
    });
    var data = cluster.Put(new double[1 << 20]);
    var made = cluster.Submit(() => data.Value.Length > 0 ? new double[1 << 20] : []);
    await made;
    // One waits in vain and one computes for ever: neither may outlive the driver.
    var waiting = cluster.Submit(() => Thread.Sleep(Timeout.Infinite));
    var computing = cluster.Submit(() =>
    {
        Console.WriteLine("computing");
        while (true)
        {
        }
    });
    Console.WriteLine("ready " + string.Join(' ', cluster.Describe().Workers.Select(worker => worker.ProcessId)));
    Thread.Sleep(Timeout.Infinite);
    GC.KeepAlive((data, made, waiting, computing));
}

static async Task OutliveAsync(string engine)
{
    for (var i = 0; i < 3; i++)
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2, Engine = engine == "processes" ? Engine.Processes : Engine.InProcess });
        await Cluster.WhenAll(Enumerable.Range(0, 20).Select(i => cluster.Submit(() => i)));
    }

    // A thread that ends may be seen for a moment longer; idle ones are kept for ten seconds where a cluster goes on.
    var since = Stopwatch.StartNew();
    while (Threads().Any() && since.Elapsed < TimeSpan.FromSeconds(5))
        await Task.Yield();
    foreach (var left in Threads().Concat(Descriptors()))
        Console.WriteLine(left);

    static IEnumerable<string> Threads() => Directory.GetDirectories("/proc/self/task").Select(NameOf).Where(name => name.StartsWith("Braid", StringComparison.Ordinal));

    static IEnumerable<string> Descriptors() => Directory.GetFiles("/proc/self/fd")
        .Select(file => new FileInfo(file).LinkTarget ?? "").Where(target => target.Contains("/braid-", StringComparison.Ordinal));

    static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}

static async Task<int> RebuiltAsync()
{
    // The assembly is in use by now: what lies in the folder may change.
    Console.WriteLine("ready");
    Console.ReadLine();
    await using var cluster = await Cluster.StartAsync(new() { Workers = 1 });
    try
    {
        await cluster.Submit(() => 42);
        Console.WriteLine("it ran");
        return 1;
    }
    catch (Braid.Lambdas.CodeMismatchException mismatch)
    {
        Console.WriteLine(mismatch.Message);
        return 0;
    }
}
