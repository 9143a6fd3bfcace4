using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>What runs after an await may run on a thread that the cluster needs: whatever it does there, the cluster goes on.</summary>
public class ContinuationTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    /// <summary>More than go to the thread pool before a link's own thread runs them.</summary>
    private const int ManyCalls = 64;

    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public Task A_continuation_may_block_on_another_task(string engine) => Task.Run(async () =>
    {
        var cluster = clusters[engine];
        for (var i = 0; i < ManyCalls; i++)
        {
            Assert.Equal(i, await cluster.Submit(() => i));
            var next = cluster.Submit(() => i + 1).AsTask();
            next.Wait(TestContext.Current.CancellationToken);
            Assert.Equal(i + 1, next.Result);
        }
    });

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public Task Who_awaits_the_same_reference_many_times_over_is_woken_each_time(string engine) => Task.Run(async () =>
    {
        var cluster = clusters[engine];
        for (var i = 0; i < ManyCalls; i++)
        {
            var reference = cluster.Submit(() => i);
            async Task<int> AwaitAsync() => await reference;
            var all = await Task.WhenAll(AwaitAsync(), AwaitAsync(), reference.AsTask(), reference.GetAsync(CancellationToken.None), AwaitAsync());
            Assert.All(all, value => Assert.Equal(i, value));
        }
    });

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_flows_with_the_caller_is_there_after_each_await_and_does_not_leak_to_others(string engine)
    {
        var cluster = clusters[engine];
        var flowing = new AsyncLocal<int>();
        async Task CallAsync(int mine)
        {
            flowing.Value = mine;
            for (var i = 0; i < ManyCalls; i++)
            {
                await cluster.Submit(() => 0);
                Assert.Equal(mine, flowing.Value);
            }
        }

        await Task.WhenAll(Enumerable.Range(1, 4).Select(mine => Task.Run(() => CallAsync(mine))));
        Assert.Equal(0, flowing.Value);
    }
}
