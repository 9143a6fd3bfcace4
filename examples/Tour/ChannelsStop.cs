namespace Braid.Examples.Tour;

/// <summary>Producers in other processes, a queue for each, and one that takes from whichever has something: CSP's select.</summary>
internal static class ChannelsStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        DistributedQueue<int>[] queues = [cluster.CreateQueue<int>(capacity: 2), cluster.CreateQueue<int>(capacity: 2)];
        foreach (var (i, queue) in queues.Index())
            _ = cluster.Submit(() => ProduceAsync(queue, first: i, step: 2));

        var sums = new int[queues.Length];
        try
        {
            while (true)
            {
                var (index, item) = await DistributedQueue.TakeAnyAsync(queues);
                sums[index] += item;
            }
        }
        catch (QueueCompletedException)
        {
            Console.WriteLine($"even {sums[0]}, odd {sums[1]}");
        }
    }

    private static async Task ProduceAsync(DistributedQueue<int> queue, int first, int step)
    {
        for (var i = first; i < 100; i += step)
            await queue.PutAsync(i);
        await queue.CompleteAsync();
    }
}
