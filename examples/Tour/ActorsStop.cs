namespace Braid.Examples.Tour;

/// <summary>An actor is an object that lives in a worker. Its calls run one at a time, in the order made.</summary>
internal static class ActorsStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var counter = cluster.StartActor(() => new Counter());
        Console.WriteLine(await counter.Call(c => c.Increment()));
        Console.WriteLine(await counter.Call(c => c.Increment()));

        // The handle travels: ten tasks, in two processes, count in the same place.
        await Cluster.WhenAll(Enumerable.Range(0, 10).Select(_ => cluster.Submit(async () => await counter.Call(c => c.Increment()))));
        Console.WriteLine($"ten tasks later: {await counter.Call(c => c.Value)}");
    }

    private sealed class Counter
    {
        public int Value { get; private set; }

        public int Increment() => ++Value;
    }
}
