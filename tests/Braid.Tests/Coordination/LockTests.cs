using Braid.Tests.Engines;

namespace Braid.Tests.Coordination;

public class LockTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Of_many_tasks_one_is_inside_at_a_time(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var counter = cluster.CreateVariable(0);
        var tasks = Enumerable.Range(0, 40).Select(_ => cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            var (value, _) = await counter.GetAsync();
            await counter.SetAsync(value + 1);
        })).ToArray();
        await Cluster.WhenAll(tasks);
        Assert.Equal(40, (await counter.GetAsync()).Value);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task The_driver_and_tasks_exclude_each_other(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var held = await guard.AcquireAsync();
        Assert.Null(await cluster.Submit(async () =>
        {
            await using var mine = await guard.TryAcquireAsync();
            return mine is null ? null : "taken";
        }));
        var task = cluster.Submit(async () =>
        {
            await using var mine = await guard.AcquireAsync();
            return mine.WasAbandoned;
        });
        Assert.False(task.IsCompleted);
        held.Dispose();
        Assert.False(await task);
        Assert.NotNull(await guard.TryAcquireAsync());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_a_task_still_holds_at_its_end_is_released_and_the_next_is_told(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        await cluster.Submit(async () => { await guard.AcquireAsync(); });
        await using (var next = await guard.AcquireAsync())
            Assert.True(next.WasAbandoned);
        await using var after = await guard.AcquireAsync();
        Assert.False(after.WasAbandoned);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_is_held_stays_where_it_was_granted(string engine)
    {
        var guard = clusters[engine].CreateLock();
        var error = await Assert.ThrowsAsync<BraidException>(async () => await clusters[engine].Submit(() => guard.AcquireAsync()));
        Assert.Contains("Send the lock", error.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_a_failed_task_holds_is_released(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        await Assert.ThrowsAsync<InvalidDataException>(async () => await cluster.Submit(async () =>
        {
            _ = await guard.AcquireAsync();
            throw new InvalidDataException();
        }));
        await using var next = await guard.AcquireAsync();
        Assert.True(next.WasAbandoned);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_wait_that_is_over_its_time_or_cancelled_takes_nothing(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var held = await guard.AcquireAsync();
        await Assert.ThrowsAsync<TimeoutException>(async () => await guard.AcquireAsync(TimeSpan.FromMilliseconds(1)));
        Assert.True(await cluster.Submit(async () =>
        {
            try
            {
                await guard.AcquireAsync(TimeSpan.FromMilliseconds(1));
                return false;
            }
            catch (TimeoutException)
            {
                return true;
            }
        }));
        using var cancel = new CancellationTokenSource();
        var waiting = guard.AcquireAsync(cancel.Token).AsTask();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        held.Dispose();
        await using var next = await guard.AcquireAsync();
        Assert.False(next.WasAbandoned);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_cancelled_task_no_longer_waits(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var held = await guard.AcquireAsync();
        var waiting = cluster.Submit(async () => (await guard.AcquireAsync()).Dispose());
        waiting.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        held.Dispose();
        await using var next = await guard.AcquireAsync();
        Assert.NotNull(next);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_name_finds_the_same_lock_from_everywhere(string engine)
    {
        var cluster = clusters[engine];
        var name = Guid.NewGuid().ToString();
        var guard = cluster.CreateLock(name);
        var held = await guard.AcquireAsync();
        Assert.True(await cluster.Submit(async () => await Cluster.Current.CreateLock(name).TryAcquireAsync() is null));
        held.Dispose();
        Assert.False(await cluster.Submit(async () => await Cluster.Current.CreateLock(name).TryAcquireAsync() is null));
        var wrong = cluster.CreateEvent(name: name);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await wrong.SetAsync());
        Assert.Contains($"The name belongs to lock '{name}'", error.Message, StringComparison.Ordinal);
        GC.KeepAlive(guard);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lock_made_in_a_task_travels_home_and_works_there(string engine)
    {
        var cluster = clusters[engine];
        var guard = await cluster.Submit(() => Cluster.Current.CreateLock());
        await using var held = await guard.AcquireAsync();
        Assert.True(await cluster.Submit(async () => await guard.TryAcquireAsync() is null));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Once_disposed_of_it_is_of_no_use_to_anyone(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        await using var held = await guard.AcquireAsync();
        var waiting = guard.AcquireAsync().AsTask();
        await guard.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await cluster.Submit(async () => (await guard.AcquireAsync()).Dispose()));
        await guard.DisposeAsync();
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task When_the_holders_process_dies_the_next_is_told()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var cluster = running.Cluster;
        var guard = cluster.CreateLock();
        using var signals = new Signals();
        var held = signals["held"];
        var killed = cluster.Submit(
            async () =>
            {
                _ = await guard.AcquireAsync();
                Signals.Set(held);
                await Task.Delay(Timeout.Infinite);
                return 0;
            },
            new() { Retries = 0 });
        await Signals.AwaitAsync(held);
        var next = guard.AcquireAsync().AsTask();
        killed.Cancel(force: true);
        Assert.True((await next).WasAbandoned);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task The_end_of_the_cluster_ends_every_wait(string engine)
    {
        Task waiting;
        await using (var running = await RunningCluster.StartAsync(engine))
        {
            var guard = running.Cluster.CreateLock();
            _ = await guard.AcquireAsync();
            waiting = guard.AcquireAsync().AsTask();
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await waiting);
    }
}
