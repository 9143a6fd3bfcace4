namespace Braid.Examples.Tour;

/// <summary>A task yields without end, and the loop here takes what comes. The task waits when nobody reads; leaving the loop ends it.</summary>
internal static class StreamStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 1 });
        await foreach (var prime in cluster.Stream(Primes))
        {
            if (prime > 50)
                break;
            Console.Write($"{prime} ");
        }

        Console.WriteLine();
    }

    private static async IAsyncEnumerable<int> Primes()
    {
        for (var number = 2; ; number++)
        {
            if (!Enumerable.Range(2, (int)Math.Sqrt(number) - 1).Any(divisor => number % divisor == 0))
                yield return number;
            await Task.Yield();
        }
    }
}
