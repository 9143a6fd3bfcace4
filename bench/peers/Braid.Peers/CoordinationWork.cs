using System.Diagnostics;

namespace Braid.Peers;

/// <summary>What tasks of two worker processes do with each other: a lock that is free, and items that go from the one to the other.</summary>
internal static class CoordinationWork
{
    /// <summary>The median of taking a lock that nobody has and giving it back, in a task.</summary>
    public static async Task LockAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        var guard = cluster.CreateLock();
        var count = arguments.CountOr(20_000);
        Arguments.Report(await cluster.Submit(() => MedianAsync(guard, count)), count);
    }

    /// <summary>All items from a task at one worker to a task at the other.</summary>
    public static async Task QueueAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        await arguments.MeasureAsync(
            async count =>
            {
                var queue = cluster.CreateQueue<int>();
                var consumer = cluster.Submit(() => SumAsync(queue));
                await cluster.Submit(() => ProduceAsync(queue, count));
                Arguments.Check(await consumer == count * (count - 1L) / 2);
            },
            arguments.CountOr(200_000));
    }

    private static async Task<double> MedianAsync(DistributedLock guard, int count)
    {
        var seconds = new double[count];
        for (var i = -count; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await using (await guard.AcquireAsync())
            {
            }

            seconds[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[count / 2];
    }

    private static async Task ProduceAsync(DistributedQueue<int> queue, int count)
    {
        await queue.PutManyAsync(Enumerable.Range(0, count));
        await queue.CompleteAsync();
    }

    private static async Task<long> SumAsync(DistributedQueue<int> queue)
    {
        var sum = 0L;
        await foreach (var item in queue.ReadAllAsync())
            sum += item;
        return sum;
    }
}
