namespace Braid.Examples.Tour;

/// <summary>A task is a lambda; what it captures travels with it, and a captured reference is a dependency.</summary>
internal static class TasksStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var squares = Enumerable.Range(1, 4).Select(i => cluster.Submit(() => Square(i))).ToArray();
        foreach (var square in squares)
            Console.WriteLine(await square);

        // Runs when all four are ready; Value is there without waiting.
        var sum = cluster.Submit(() => squares.Sum(square => square.Value));
        var here = Environment.ProcessId;
        var elsewhere = await cluster.Submit(() => Environment.ProcessId != here);
        Console.WriteLine($"sum {await sum}, {(elsewhere ? "in other processes" : "in this process")}");
    }

    private static int Square(int x) => x * x;
}
