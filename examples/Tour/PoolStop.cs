namespace Braid.Examples.Tour;

/// <summary>A pool of worker processes maps a lambda over items; the results come in the order of the items.</summary>
internal static class PoolStop
{
    public static async Task RunAsync()
    {
        await using var pool = await ProcessPool.StartAsync(workers: 2);
        var squares = await pool.MapAsync(x => x * x, Enumerable.Range(0, 10));
        Console.WriteLine(string.Join(' ', squares));
    }
}
