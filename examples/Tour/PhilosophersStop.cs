namespace Braid.Examples.Tour;

/// <summary>
/// Five philosophers, five forks. Each takes the left fork, sees that all have one, and reaches for the right one: they would wait for ever, and are told
/// so. When each takes the fork with the lower number first, all dine.
/// </summary>
internal static class PhilosophersStop
{
    private const int Count = 5;

    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var forks = Enumerable.Range(0, Count).Select(i => cluster.CreateLock($"fork {i}")).ToArray();
        var seated = cluster.CreateBarrier(Count);

        var greedy = Enumerable.Range(0, Count)
            .Select(i => cluster.Submit(() => DineAsync(forks[i], forks[(i + 1) % Count], seated), new() { Name = $"philosopher {i}" }))
            .ToArray();
        await cluster.WaitAsync(greedy, Count);
        foreach (var philosopher in greedy)
        {
            try
            {
                await philosopher;
            }
            catch (DeadlockException deadlock)
            {
                Console.WriteLine($"a circle of {deadlock.Members.Count}: {string.Join(", ", deadlock.Members.Select(member => member.Name))}");
            }
        }

        var polite = Enumerable.Range(0, Count)
            .Select(i => cluster.Submit(() => DineAsync(forks[Math.Min(i, (i + 1) % Count)], forks[Math.Max(i, (i + 1) % Count)], null)))
            .ToArray();
        await Cluster.WhenAll(polite);
        Console.WriteLine("the lower fork first: all have dined");
    }

    private static async Task DineAsync(DistributedLock first, DistributedLock second, DistributedBarrier? seated)
    {
        await using var one = await first.AcquireAsync();
        if (seated is not null)
            await seated.ArriveAsync();
        await using var two = await second.AcquireAsync();
    }
}
