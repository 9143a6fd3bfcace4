namespace Braid.Tests.Engines;

/// <summary>A thread with a synchronization context that blocks, as one of a user interface may: nothing of Braid's waits for that thread.</summary>
public class BlockedContextTests
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Every_wait_ends_on_a_thread_whose_context_is_blocked(string engine)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new Blocked());
            try
            {
                WaitForAll(engine);
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        }).Start();
        await ended.Task;
    }

    private static void WaitForAll(string engine)
    {
        var cluster = Result(Cluster.StartAsync(new() { Engine = EngineNames.Of(engine), Workers = 2 }));
        Assert.Equal(1, Result(cluster.Submit(Slow).AsTask()));
        Result(((ObjectRef)cluster.Submit(Slow)).AsTask());
        Assert.Equal(1, Result(cluster.Submit(Slow).GetAsync(Until.Deadline)));
        Result(cluster.Submit(Slow).WaitAsync(Until.Deadline, CancellationToken.None));
        Assert.Equal([1, 1], Result(Cluster.WhenAll([cluster.Submit(Slow), cluster.Submit(Slow)])));
        Result(cluster.WaitAsync([cluster.Submit(Slow), cluster.Submit(Slow)], count: 1));
        Assert.Single(Items(cluster.AsCompleted([cluster.Submit(Slow)])));
        Assert.Equal([1], Items(cluster.Stream(SlowlyAsync)));
        var pool = ProcessPool.On(cluster);
        Assert.Equal([-1, -2], Result(pool.MapAsync(x => -x * Slow(), [1, 2])));
        Assert.Equal([-1, -2], Items(pool.MapStreamAsync(x => -x * Slow(), [1, 2])));
        Assert.Equal(2, Items(pool.MapUnorderedAsync(x => -x * Slow(), [1, 2])).Count);
        Assert.Equal(1, Result(pool.ApplyAsync(Slow)));
        var counter = cluster.StartActor(() => new List<int>());
        Assert.Equal(0, Result(counter.Call(list => list.Count * Slow()).AsTask()));
        Result(counter.StopAsync());
        if (engine == EngineNames.Processes)
            Result(cluster.ScaleAsync(3));
        Result(cluster.DrainAsync());
        Result(cluster.DisposeAsync().AsTask());
    }

    /// <summary>Takes a moment, so that there is something to wait for.</summary>
    private static int Slow()
    {
        Thread.Sleep(1);
        return 1;
    }

    private static async IAsyncEnumerable<int> SlowlyAsync()
    {
        await Task.Yield();
        yield return Slow();
    }

    private static List<T> Items<T>(IAsyncEnumerable<T> stream)
    {
        var items = new List<T>();
        var enumerator = stream.GetAsyncEnumerator();
        while (Result(enumerator.MoveNextAsync().AsTask()))
            items.Add(enumerator.Current);
        Result(enumerator.DisposeAsync().AsTask());
        return items;
    }

    private static T Result<T>(Task<T> task)
    {
        Result((Task)task);
        return task.Result;
    }

    private static void Result(Task task) => Assert.True(task.Wait(Until.Deadline), "It waits for the thread that waits for it.");

    /// <summary>What is posted to it waits until the thread has nothing else to do, which here is never.</summary>
    private sealed class Blocked : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody is to wait for this context.");
    }
}
