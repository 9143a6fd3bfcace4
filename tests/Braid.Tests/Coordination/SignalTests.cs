using Braid.Tests.Engines;

namespace Braid.Tests.Coordination;

/// <summary>Semaphores, events, barriers and variables.</summary>
public class SignalTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_semaphore_gives_out_what_it_has_in_order(string engine)
    {
        var cluster = clusters[engine];
        var pool = cluster.CreateSemaphore(3);
        var one = await pool.AcquireAsync();
        var many = pool.AcquireAsync(3).AsTask();
        var few = pool.AcquireAsync().AsTask();
        Assert.False(few.IsCompleted);
        Assert.Equal(2, await cluster.Submit(() => pool.CountAsync()));
        one.Dispose();
        (await many).Dispose();
        (await few).Dispose();
        Assert.Equal(3, await pool.CountAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pool.AcquireAsync(4));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_event_lets_all_through_once_it_is_set(string engine)
    {
        var cluster = clusters[engine];
        var started = cluster.CreateEvent();
        var tasks = Enumerable.Range(0, 6).Select(i => cluster.Submit(async () =>
        {
            await started.WaitAsync();
            return i;
        })).ToArray();
        Assert.False(await started.IsSetAsync());
        await cluster.Submit(() => started.SetAsync());
        Assert.Equal(15, (await Cluster.WhenAll(tasks)).Sum());
        await started.WaitAsync();
        await started.ResetAsync();
        await Assert.ThrowsAsync<TimeoutException>(async () => await started.WaitAsync(TimeSpan.FromMilliseconds(1)));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_barrier_lets_its_parties_through_together_phase_after_phase(string engine)
    {
        var cluster = clusters[engine];
        var barrier = cluster.CreateBarrier(3);
        var tasks = Enumerable.Range(0, 3).Select(_ => cluster.Submit(async () =>
            (await barrier.ArriveAsync(), await barrier.ArriveAsync()))).ToArray();
        foreach (var phases in await Cluster.WhenAll(tasks))
            Assert.Equal((0, 1), phases);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_party_that_is_lost_breaks_the_barrier_by_its_name(string engine)
    {
        var cluster = clusters[engine];
        var barrier = cluster.CreateBarrier(3);
        var first = barrier.ArriveAsync().AsTask();
        var second = cluster.Submit(() => barrier.ArriveAsync(), new() { Name = "the second party" });
        while (await barrier.CountAsync() < 2)
            await Task.Yield();
        second.Cancel();
        var broken = await Assert.ThrowsAsync<BarrierBrokenException>(async () => await first);
        Assert.Contains("the second party", broken.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BarrierBrokenException>(async () => await barrier.ArriveAsync());
        await barrier.ResetAsync();
        var whole = Enumerable.Range(0, 3).Select(_ => barrier.ArriveAsync().AsTask()).ToArray();
        await Task.WhenAll(whole);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_variable_is_changed_by_many_and_loses_nothing(string engine)
    {
        var cluster = clusters[engine];
        var sum = cluster.CreateVariable(0);
        await Cluster.WhenAll(Enumerable.Range(1, 20).Select(i => cluster.Submit(() => sum.UpdateAsync(value => value + i))).ToArray());
        Assert.Equal((210, 21), await sum.GetAsync());
        Assert.False(await sum.CompareExchangeAsync(20, 0));
        var change = cluster.Submit(async () => (await sum.WaitForChangeAsync(21)).Value);
        Assert.True(await sum.CompareExchangeAsync(21, 7));
        Assert.Equal(7, await change);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_variable_may_hold_null_and_references(string engine)
    {
        var cluster = clusters[engine];
        var text = cluster.CreateVariable<string?>(null);
        Assert.Null((await text.GetAsync()).Value);
        var reference = cluster.CreateVariable(cluster.Put(41));
        Assert.Equal(42, await cluster.Submit(async () => await (await reference.GetAsync()).Value + 1));
    }
}
