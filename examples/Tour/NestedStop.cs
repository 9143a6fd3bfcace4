namespace Braid.Examples.Tour;

/// <summary>A task submits tasks of its own and awaits them. It gives up its slot meanwhile, so one slot is enough at any depth.</summary>
internal static class NestedStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 1 });
        Console.WriteLine($"fibonacci(12) = {await cluster.Submit(() => FibonacciAsync(12))}, by 465 tasks on one worker with one slot");
    }

    private static async Task<int> FibonacciAsync(int n)
    {
        if (n < 2)
            return n;
        var one = Cluster.Current.Submit(() => FibonacciAsync(n - 1));
        var two = Cluster.Current.Submit(() => FibonacciAsync(n - 2));
        return await one + await two;
    }
}
