using Braid.Tests.Engines;

namespace Braid.Tests.Coordination;

public class QueueTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Items_come_out_in_the_order_in_which_they_went_in(string engine)
    {
        var cluster = clusters[engine];
        var queue = cluster.CreateQueue<int>(capacity: 3);
        var producer = cluster.Submit(async () =>
        {
            for (var i = 0; i < 100; i++)
                await queue.PutAsync(i);
            await queue.CompleteAsync();
        });
        var consumer = cluster.Submit(async () =>
        {
            var taken = new List<int>();
            await foreach (var item in queue.ReadAllAsync())
                taken.Add(item);
            return taken;
        });
        Assert.Equal(Enumerable.Range(0, 100), await consumer);
        await producer;
        await Assert.ThrowsAsync<QueueCompletedException>(async () => await queue.TakeAsync());
        await Assert.ThrowsAsync<QueueCompletedException>(async () => await queue.PutAsync(1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Several_producers_and_consumers_lose_and_double_nothing(string engine)
    {
        var cluster = clusters[engine];
        var queue = cluster.CreateQueue<int>(capacity: 50);
        var producers = Enumerable.Range(0, 3).Select(p => cluster.Submit(() => queue.PutManyAsync(Enumerable.Range(p * 1000, 1000)))).ToArray();
        var consumers = Enumerable.Range(0, 3).Select(_ => cluster.Submit(async () =>
        {
            var taken = new List<int>();
            await foreach (var item in queue.ReadAllAsync())
                taken.Add(item);
            return taken;
        })).ToArray();
        await Cluster.WhenAll(producers);
        await queue.CompleteAsync();
        Assert.Equal(Enumerable.Range(0, 3000), (await Cluster.WhenAll(consumers)).SelectMany(items => items).Order());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_full_queue_keeps_its_producer_waiting(string engine)
    {
        var cluster = clusters[engine];
        var queue = cluster.CreateQueue<string>(capacity: 1);
        await queue.PutAsync("first");
        var second = queue.PutAsync("second").AsTask();
        Assert.False(second.IsCompleted);
        Assert.False(await queue.TryPutAsync("third"));
        Assert.Equal("first", await cluster.Submit(() => queue.TakeAsync()));
        await second;
        Assert.Equal((true, "second"), await queue.TryTakeAsync());
        Assert.Equal((false, null), await queue.TryTakeAsync());
        await Assert.ThrowsAsync<TimeoutException>(async () => await queue.TakeAsync(TimeSpan.FromMilliseconds(1)));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Leaving_the_loop_gives_back_what_was_fetched_ahead(string engine)
    {
        var cluster = clusters[engine];
        var queue = cluster.CreateQueue<int>();
        await queue.PutManyAsync(Enumerable.Range(0, 500));
        var seen = await cluster.Submit(async () =>
        {
            var last = -1;
            await foreach (var item in queue.ReadAllAsync())
            {
                last = item;
                if (item == 100)
                    break;
            }

            return last;
        });
        Assert.Equal(100, seen);
        Assert.Equal(Enumerable.Range(101, 256), await queue.TakeManyAsync(256));
        Assert.Equal(143, await queue.CountAsync());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Select_takes_one_item_from_whichever_queue_has_one(string engine)
    {
        var cluster = clusters[engine];
        var left = cluster.CreateQueue<string>();
        var right = cluster.CreateQueue<string>();
        var waiting = cluster.Submit(async () => await DistributedQueue.TakeAnyAsync(left, right));
        await right.PutAsync("r");
        Assert.Equal((1, "r"), await waiting);
        await left.PutManyAsync(["l1", "l2", "l3"]);
        await right.PutManyAsync(["r1", "r2", "r3"]);
        var taken = new List<string>();
        for (var i = 0; i < 6; i++)
            taken.Add((await DistributedQueue.TakeAnyAsync(left, right)).Item);
        Assert.Equal(["l1", "l2", "l3", "r1", "r2", "r3"], taken.Order());
        Assert.NotEqual(taken[0][0], taken[1][0]);   // each has its turn
        await left.CompleteAsync();
        var last = DistributedQueue.TakeAnyAsync(left, right).AsTask();
        Assert.False(last.IsCompleted);
        await right.CompleteAsync();
        await Assert.ThrowsAsync<QueueCompletedException>(async () => await last);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_cancelled_take_takes_nothing(string engine)
    {
        var cluster = clusters[engine];
        var queue = cluster.CreateQueue<int>();
        using var cancel = new CancellationTokenSource();
        var waiting = queue.TakeAsync(cancel.Token).AsTask();
        var select = DistributedQueue.TakeAnyAsync([queue], null, cancel.Token).AsTask();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await select);
        await queue.PutAsync(1);
        Assert.Equal(1, await queue.TakeAsync());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Large_items_references_and_other_handles_travel_in_it(string engine)
    {
        var cluster = clusters[engine];
        var arrays = cluster.CreateQueue<double[]>();
        await cluster.Submit(async () => await arrays.PutAsync([.. Enumerable.Range(0, 100_000).Select(i => (double)i)]));
        Assert.Equal(99_999, (await arrays.TakeAsync())[^1]);
        var references = cluster.CreateQueue<ObjectRef<int>>();
        await cluster.Submit(() => references.PutAsync(Cluster.Current.Submit(() => 42)));
        Assert.Equal(42, await await references.TakeAsync());
        var replies = cluster.CreateQueue<DistributedQueue<string>>();
        var asked = cluster.Submit(async () => await (await replies.TakeAsync()).PutAsync("answer"));
        var answers = cluster.CreateQueue<string>();
        await replies.PutAsync(answers);
        Assert.Equal("answer", await answers.TakeAsync());
        await asked;
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_a_dead_consumer_had_fetched_and_not_taken_is_given_to_another()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var cluster = running.Cluster;
        var queue = cluster.CreateQueue<int>();
        await queue.PutManyAsync(Enumerable.Range(0, 1000));
        using var signals = new Signals();
        var reading = signals["reading"];
        var killed = cluster.Submit(
            async () =>
            {
                await foreach (var item in queue.ReadAllAsync())
                {
                    if (item < 400)
                        continue;
                    Signals.Set(reading);
                    await Task.Delay(Timeout.Infinite);
                }
            },
            new() { Retries = 0 });
        await Signals.AwaitAsync(reading);
        killed.Cancel(force: true);
        await queue.CompleteAsync();
        var rest = new List<int>();
        await foreach (var item in queue.ReadAllAsync())
            rest.Add(item);
        // Nothing is missing and nothing twice, from where the dead one's last whole batch ended.
        Assert.Equal(Enumerable.Range(rest.Min(), 1000 - rest.Min()), rest.Order());
        Assert.InRange(rest.Min(), 1, 401);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_queue_that_nothing_can_reach_gives_its_items_memory_back()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        await FillAsync(running.Cluster);
        for (var attempt = 0; running.Cluster.Describe().SharedBytes > 0; attempt++)
        {
            Assert.True(attempt < 1000, "The items were never let go.");
            GC.Collect();
            GC.WaitForPendingFinalizers();
            // The worker's handle goes with a collection there.
            await running.Cluster.Submit(() => GC.Collect());
        }

        static async Task FillAsync(Cluster cluster)
        {
            var queue = cluster.CreateQueue<byte[]>();
            await cluster.Submit(() => queue.PutAsync(new byte[1 << 20]));
            Assert.NotEqual(0, cluster.Describe().SharedBytes);
        }
    }
}
