using System.Diagnostics;

namespace Braid.Chaos;

/// <summary>Very many small tasks on worker processes: what the driver keeps must not grow with them.</summary>
internal static class Soak
{
    private const int Window = 10_000;
    private const long HeapGrowthMax = 8 << 20;

    public static async Task<int> RunAsync(int tasks)
    {
        await using var cluster = await Cluster.StartAsync(new ClusterOptions { Workers = 2 });
        var watch = Stopwatch.StartNew();
        long heapAtTenth = 0, sum = 0;
        var references = new ObjectRef<int>[Window];
        for (var done = 0; done < tasks; done += Window)
        {
            for (var i = 0; i < Window; i++)
            {
                var number = done + i;
                references[i] = cluster.Submit(() => number & 0xFF);
            }

            foreach (var value in await Cluster.WhenAll(references))
                sum += value;
            if ((done + Window) % Math.Max(Window, tasks / 10) != 0)
                continue;
            var heap = GC.GetTotalMemory(forceFullCollection: true);
            heapAtTenth = heapAtTenth == 0 ? heap : heapAtTenth;
            Console.WriteLine(
                $"{done + Window,12:N0} tasks, {(done + Window) / watch.Elapsed.TotalSeconds,9:N0}/s, heap {heap / 1e6:N1} MB, resident {Environment.WorkingSet / 1e6:N0} MB");
            if (heap > heapAtTenth + HeapGrowthMax)
            {
                Console.WriteLine($"FAULT The driver's heap has grown from {heapAtTenth:N0} to {heap:N0} bytes.");
                return 1;
            }
        }

        Console.WriteLine($"{tasks:N0} tasks in {watch.Elapsed.TotalSeconds:N1} s; the sum of their results is {sum:N0}.");
        return 0;
    }
}
