using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>Waits over several references.</summary>
public class WaitingTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task WhenAll_gives_the_values_in_the_order_of_the_references(string engine)
    {
        var references = Enumerable.Range(0, 1000).Select(i => clusters[engine].Submit(() => i * i)).ToArray();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i * i), await Cluster.WhenAll(references));
        await Cluster.WhenAll(references.Cast<ObjectRef>());
        Assert.Empty(await Cluster.WhenAll(Array.Empty<ObjectRef<int>>()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task WhenAll_throws_what_the_first_failed_one_threw(string engine)
    {
        var cluster = clusters[engine];
        ObjectRef<int>[] references =
        [
            cluster.Submit(() => 1),
            cluster.Submit(int () => throw new InvalidOperationException("second")),
            cluster.Submit(int () => throw new NotSupportedException("third")),
        ];
        Assert.Equal("second", (await Assert.ThrowsAsync<InvalidOperationException>(() => Cluster.WhenAll(references))).Message);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task WaitAsync_returns_as_soon_as_enough_have_ended_in_whatever_way(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var go = signals["go"];
        var held = cluster.Submit(() => Signals.Await(go));
        var failed = cluster.Submit(() => throw new InvalidOperationException("no"));
        var done = cluster.Submit(() => { });
        var (ready, pending) = await cluster.WaitAsync([held, failed, done], count: 2);
        Assert.Equal([failed, done], ready);
        Assert.Equal([held], pending);

        (ready, pending) = await cluster.WaitAsync([held, done], count: 2, timeout: TimeSpan.FromMilliseconds(1));
        Assert.Equal([done], ready);
        Assert.Equal([held], pending);
        using var cancelled = new CancellationTokenSource(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.WaitAsync([held], cancellationToken: cancelled.Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.WaitAsync([held], count: 2));
        Assert.Empty((await cluster.WaitAsync([held], count: 0)).Ready);
        Signals.Set(go);
        await held;
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task AsCompleted_yields_each_reference_once_as_it_ends(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var (first, second) = (signals["first"], signals["second"]);
        var late = cluster.Submit(() => Signals.Await(second));
        var early = cluster.Submit(() => Signals.Await(first));
        var failed = cluster.Submit(() =>
        {
            Assert.True(early.IsCompleted);
            throw new InvalidOperationException();
        });
        var order = new List<ObjectRef>();
        Signals.Set(first);
        await foreach (var ended in cluster.AsCompleted([late, early, failed]))
        {
            order.Add(ended);
            if (order.Count == 2)
                Signals.Set(second);
        }

        Assert.Equal([early, failed], order.Take(2).OrderBy(reference => reference.Id));
        Assert.Equal([late], order.Skip(2));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task AsCompleted_ends_with_its_token(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var go = signals["go"];
        var held = cluster.Submit(() => Signals.Await(go));
        using var cancelled = new CancellationTokenSource(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in cluster.AsCompleted([held], cancelled.Token))
                Assert.Fail("It has not ended.");
        });
        Signals.Set(go);
        await held;
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task One_that_is_null_is_refused_with_its_place(string engine)
    {
        var cluster = clusters[engine];
        ObjectRef<int>[] references = [cluster.Submit(() => 1), null!];
        Func<Task>[] waits =
        [
            () => Cluster.WhenAll(references),
            () => Cluster.WhenAll((IEnumerable<ObjectRef>)references),
            () => cluster.WaitAsync(references),
            async () => await cluster.AsCompleted(references).ToListAsync(),
        ];
        foreach (var wait in waits)
        {
            var refused = await Assert.ThrowsAsync<ArgumentException>(wait);
            Assert.Equal("references", refused.ParamName);
            Assert.Contains("index 1 of 2", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_time_that_no_timer_takes_is_no_limit(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        foreach (var forever in (TimeSpan[])[TimeSpan.MaxValue, TimeSpan.FromDays(50)])
        {
            using var signals = new Signals();
            var go = signals["go"];
            var held = cluster.Submit(
                () =>
                {
                    Signals.Await(go);
                    return 1;
                },
                new() { Timeout = forever });
            var (value, end, ready) = (held.GetAsync(forever), held.WaitAsync(forever), cluster.WaitAsync([held], timeout: forever));
            var inside = cluster.Submit(async () => await Cluster.Current.Submit(() => 2, new() { Timeout = forever }).GetAsync(forever));
            await using (await guard.AcquireAsync(forever))
                Assert.Equal(2, await inside);
            Signals.Set(go);
            await end;
            Assert.Equal((1, 1), (await value, (await ready).Ready.Count));
        }
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task GetResult_waits_as_that_of_a_Task_does(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var go = signals["go"];
        var held = cluster.Submit(() =>
        {
            Signals.Await(go);
            return 1;
        });
        var nothing = cluster.Submit(() => Signals.Await(go));
        var result = Task.Run(() => held.GetAwaiter().GetResult());
        var end = Task.Run(() => nothing.GetAwaiter().GetResult());
        Signals.Set(go);
        Assert.Equal(1, await result);
        await end;
        var failed = cluster.Submit(int () => throw new NotSupportedException());
        Assert.Throws<NotSupportedException>(() => failed.GetAwaiter().GetResult());
        var cancelled = cluster.Submit(token => Task.Delay(Timeout.Infinite, token));
        cancelled.Cancel();
        Assert.Throws<TaskCanceledException>(() => cancelled.GetAwaiter().GetResult());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Inside_a_task_GetResult_gives_up_its_slot(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1, SlotsPerWorker = 1 });
        Assert.Equal(3, await running.Cluster.Submit(() =>
        {
            Cluster.Current.Submit(() => { }).GetAwaiter().GetResult();
            return Cluster.Current.Submit(() => Cluster.Current.Submit(() => 3).GetAwaiter().GetResult()).GetAwaiter().GetResult();
        }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Inside_a_task_the_same_waits_give_up_its_slot(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1 });
        var sum = await running.Cluster.Submit(async () =>
        {
            var cluster = Cluster.Current;
            var parts = Enumerable.Range(1, 20).Select(i => cluster.Submit(() => i)).ToArray();
            var (ready, _) = await cluster.WaitAsync(parts, count: 10);
            var completed = 0;
            await foreach (var part in cluster.AsCompleted(parts))
                completed += part.Value;
            return ready.Count >= 10 ? completed + (await Cluster.WhenAll(parts)).Sum() : -1;
        });
        Assert.Equal(420, sum);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_wait_ends_with_its_task_and_not_with_the_one_that_runs_after_it(string engine)
    {
        using var signals = new Signals();
        var (start, go) = (signals["start"], signals["go"]);
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1, SlotsPerWorker = 1 });
        var cluster = running.Cluster;
        var first = cluster.Submit(() => Signals.Await(start));
        var value = cluster.Submit(() => 7).AsTask();
        var failure = cluster.Submit(() => throw new NotSupportedException()).AsTask();
        var last = cluster.Submit(() => Signals.Await(go));
        Signals.Set(start);
        await first;
        Assert.Equal(7, await value);
        await Assert.ThrowsAsync<NotSupportedException>(() => failure);
        Assert.Equal(ObjectStatus.Pending, last.Status);
        Signals.Set(go);
        await last;
    }
}
