using Braid;

// How tests run it: `hold FOLDER` starts a cluster with work and large values in it, some of them spilled, in the folders `memory` and `spill`
// of that folder, says so, and waits to be killed;
// `rebuilt` starts its workers over the assembly in its folder, which the test has replaced by another build after this process has read it.
switch (args)
{
    case ["hold", var folder]:
        await HoldAsync(folder);
        return 0;
    case ["rebuilt"]:
        return await RebuiltAsync();
    default:
        Console.Error.WriteLine("hold FOLDER | rebuilt");
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
