using System.Diagnostics;

namespace Braid.Examples.Tour;

/// <summary>Sixteen tasks sleep 9.9 s in all; on sixteen slots that takes as long as the longest, and each is shown as it ends.</summary>
internal static class FuturesStop
{
    private static readonly double[] Sleeps = [1.5, 0.1, 1.4, 0.2, 1.0, 0.3, 0.9, 0.4, 0.8, 0.5, 0.7, 0.6, 0.6, 0.4, 0.3, 0.2];

    public static async Task RunAsync()
    {
        var watch = Stopwatch.StartNew();
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2, SlotsPerWorker = 8 });
        var naps = Sleeps.Select(seconds => cluster.Submit(() => Sleep(seconds))).ToArray();
        await foreach (var nap in cluster.AsCompleted(naps))
            Console.WriteLine($"slept {await nap:F1} s");
        Console.WriteLine($"{Sleeps.Sum():F1} s of sleep in {watch.Elapsed.TotalSeconds:F2} s, start included");
    }

    private static double Sleep(double seconds)
    {
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        return seconds;
    }
}
