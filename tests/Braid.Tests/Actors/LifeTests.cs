using System.Diagnostics;
using System.Runtime.CompilerServices;
using Braid.Tests.Engines;

namespace Braid.Tests.Actors;

/// <summary>How actors begin and end, by themselves or because someone says so.</summary>
public class LifeTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_constructor_that_throws_makes_calls_fail_with_its_exception(string engine)
    {
        var counter = clusters[engine].StartActor<Counter>(() => throw new InvalidDataException("cannot be made"));
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await counter.Call(c => c.Increment()));
        Assert.IsType<InvalidDataException>(dead.InnerException);
        Assert.Contains("cannot be made", dead.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_graceful_stop_serves_what_was_sent_then_disposes_then_refuses(string engine)
    {
        using var signals = new Signals();
        var (served, disposed) = (signals["served"], signals["disposed"]);
        var actor = clusters[engine].StartActor(() => new Disposable(disposed));
        for (var i = 0; i < 20; i++)
            actor.Tell(_ => Signals.Mark(served));
        await actor.StopAsync();
        Assert.Equal(20, Signals.Marks(served));
        Assert.Equal(1, Signals.Marks(disposed));
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await actor.Call(_ => 1));
        Assert.Contains("it was stopped", dead.Message, StringComparison.Ordinal);
        await actor.StopAsync();
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_finds_a_dead_actor_is_told_which_and_what_ended_it(string engine)
    {
        var actor = clusters[engine].StartActor(() => new Counter());
        await actor.StopAsync(TestContext.Current.CancellationToken);
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await actor.Call(c => c.Increment()));
        // Where the call and where the actor's constructor stand in the source, and why.
        Assert.Matches(@"^Call '.*LifeTests\.cs:\d+\)' finds actor '.*LifeTests\.cs:\d+\)' dead: it was stopped\.$", dead.Message);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_a_disposal_throws_comes_from_the_stop(string engine)
    {
        var actor = clusters[engine].StartActor(() => new BadlyDisposable());
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => actor.StopAsync());
        Assert.Equal("no end", error.Message);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_may_stop_an_actor_and_wait_for_its_end(string engine)
    {
        using var signals = new Signals();
        var disposed = signals["disposed"];
        var cluster = clusters[engine];
        var actor = cluster.StartActor(() => new Disposable(disposed), new() { Name = "stopped by a task" });
        await cluster.Submit(async () => await actor.StopAsync());
        Assert.Equal(1, Signals.Marks(disposed));
        var again = cluster.StartActor(() => new Disposable(disposed), new() { Name = "stopped by a task" });
        await cluster.Submit(async () => await Cluster.Current.GetActor<Disposable>("stopped by a task").StopAsync());
        Assert.Equal(2, Signals.Marks(disposed));
        await Assert.ThrowsAsync<ActorDeadException>(async () => await again.Call(_ => 1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_killed_actor_ends_its_calls_and_disposes_of_nothing(string engine)
    {
        using var signals = new Signals();
        var (started, disposed) = (signals["started"], signals["disposed"]);
        var actor = clusters[engine].StartActor(() => new Disposable(disposed));
        var running = actor.Call(async (_, token) =>
        {
            Signals.Set(started);
            await Task.Delay(Timeout.Infinite, token);
        });
        var waiting = actor.Call(_ => 1);
        await Until.TrueAsync(() => Signals.IsSet(started));
        actor.Kill();
        await Assert.ThrowsAsync<ActorDeadException>(async () => await waiting);
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await running);
        Assert.Contains("it was killed", dead.Message, StringComparison.Ordinal);
        Assert.Equal(0, Signals.Marks(disposed));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_killed_actor_that_does_not_listen_is_given_up_after_the_grace(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { CancelGrace = TimeSpan.FromMilliseconds(50) });
        using var signals = new Signals();
        var (started, never) = (signals["started"], signals["never"]);
        var actor = running.Cluster.StartActor(() => new Counter());
        var call = actor.Call(_ =>
        {
            Signals.Set(started);
            Signals.Await(never);
        });
        await Until.TrueAsync(() => Signals.IsSet(started));
        actor.Kill();
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await call);
        Assert.True(error is ActorDeadException or TaskCanceledException, error.ToString());
        await Assert.ThrowsAsync<ActorDeadException>(async () => await actor.Call(c => c.Increment()));
        Signals.Set(never);
        Assert.Equal(3, await running.Cluster.Submit(() => 3));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_actor_that_nobody_can_reach_is_stopped_with_its_disposal(string engine)
    {
        using var signals = new Signals();
        var disposed = signals["disposed"];
        await UseAndForgetAsync(clusters[engine], disposed);
        await Until.TrueAsync(() =>
        {
            GC.Collect();
            clusters[engine].Submit(static () => GC.Collect()).AsTask().GetAwaiter().GetResult();
            return Signals.Marks(disposed) == 1;
        });
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_named_actor_is_found_by_name_and_lives_until_it_is_stopped(string engine)
    {
        using var signals = new Signals();
        var disposed = signals["disposed"];
        var cluster = clusters[engine];
        await StartNamedAsync(cluster, disposed);
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var found = cluster.GetActor<Disposable>("the one");
        Assert.Equal(2, await found.Call(d => d.Count()));
        Assert.Equal(3, await cluster.Submit(async () => await Cluster.Current.GetActor<Disposable>("the one").Call(d => d.Count())));
        Assert.Throws<InvalidOperationException>(() => cluster.StartActor(() => new Disposable(disposed), new() { Name = "the one" }));
        await found.StopAsync();
        var none = Assert.Throws<KeyNotFoundException>(() => cluster.GetActor<Disposable>("the one"));
        Assert.Contains("No actor named 'the one' lives", none.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeyNotFoundException>(async () =>
            await cluster.Submit(async () => await Cluster.Current.GetActor<Disposable>("the one").Call(d => d.Count())));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Of_many_that_get_or_start_a_name_one_wins(string engine)
    {
        using var signals = new Signals();
        var made = signals["made"];
        var cluster = clusters[engine];
        var counts = await Cluster.WhenAll(Enumerable.Range(0, 20).Select(_ => cluster.Submit(async () =>
        {
            var counter = Cluster.Current.GetOrStartActor("shared", () =>
            {
                Signals.Mark(made);
                return new Counter();
            });
            return await counter.Call(c => c.Increment());
        })));
        Assert.Equal(Enumerable.Range(1, 20), counts.Order());
        Assert.Equal(1, Signals.Marks(made));
        await cluster.GetActor<Counter>("shared").StopAsync();
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_actor_stops_after_its_calls_when_idle_and_when_old(string engine)
    {
        var cluster = clusters[engine];
        var limited = cluster.StartActor(() => new Counter(), new() { MaxCalls = 2 });
        Assert.Equal(1, await limited.Call(c => c.Increment()));
        Assert.Equal(2, await limited.Call(c => c.Increment()));
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await limited.Call(c => c.Increment()));
        Assert.Contains("MaxCalls", dead.Message, StringComparison.Ordinal);
        var idle = cluster.StartActor(() => new Counter(), new() { IdleTimeout = TimeSpan.FromMilliseconds(40), Name = "idle" });
        Assert.Equal(1, await idle.Call(c => c.Increment()));
        await Until.TrueAsync(() => idle.State.Status != ObjectStatus.Pending);
        dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await idle.Call(c => c.Increment()));
        Assert.Contains("IdleTimeout", dead.Message, StringComparison.Ordinal);
        var old = cluster.StartActor(() => new Counter(), new() { MaxAge = TimeSpan.FromMilliseconds(40), Name = "old" });
        await Until.TrueAsync(() => old.State.Status != ObjectStatus.Pending);
        dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await old.Call(c => c.Increment()));
        Assert.Contains("MaxAge", dead.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Actors_are_spread_over_the_workers_and_take_no_slot(string engine)
    {
        var cluster = clusters[engine];
        var actors = Enumerable.Range(0, 4).Select(_ => cluster.StartActor(() => new Counter())).ToArray();
        var workers = await Cluster.WhenAll(actors.Select(actor => actor.Call(_ => TaskContext.Current!.WorkerId)));
        Assert.Equal(2, workers.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 50), await Cluster.WhenAll(Enumerable.Range(0, 50).Select(i => cluster.Submit(() => i))));
        GC.KeepAlive(actors);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_long_task_in_every_slot_does_not_hold_up_an_actor(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1 });
        using var signals = new Signals();
        var (started, go) = (signals["started"], signals["go"]);
        var counter = running.Cluster.StartActor(() => new Counter());
        var task = running.Cluster.Submit(() =>
        {
            Signals.Set(started);
            Signals.Await(go);
        });
        await Until.TrueAsync(() => Signals.IsSet(started));
        Assert.Equal(1, await counter.Call(c => c.Increment()));
        var call = counter.Call(_ => Signals.Await(go));
        Signals.Set(go);
        await task;
        await call;
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Resources_are_held_for_the_whole_life(string engine)
    {
        await using var running = await RunningCluster.StartAsync(
            engine, options => options with { Workers = 1, Resources = new Dictionary<string, double> { ["gpu"] = 1 } });
        var gpu = new Dictionary<string, double> { ["gpu"] = 1 };
        var first = running.Cluster.StartActor(() => new Counter(), new() { Resources = gpu });
        Assert.Equal(1, await first.Call(c => c.Increment()));
        var second = running.Cluster.StartActor(() => new Counter(), new() { Resources = gpu });
        var call = second.Call(c => c.Increment());
        Assert.Equal(Enumerable.Range(0, 200), await Cluster.WhenAll(Enumerable.Range(0, 200).Select(i => running.Cluster.Submit(() => i))));
        Assert.Equal(ObjectStatus.Pending, call.Status);
        await first.StopAsync();
        Assert.Equal(1, await call);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task UseAndForgetAsync(Cluster cluster, string disposed)
    {
        var actor = cluster.StartActor(() => new Disposable(disposed));
        Assert.Equal(1, await actor.Call(d => d.Count()));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task StartNamedAsync(Cluster cluster, string disposed)
    {
        var actor = cluster.StartActor(() => new Disposable(disposed), new() { Name = "the one" });
        Assert.Equal(1, await actor.Call(d => d.Count()));
    }

    private sealed class Disposable(string disposed) : IAsyncDisposable
    {
        private int _count;

        public int Count() => ++_count;

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            Signals.Mark(disposed);
        }
    }

    private sealed class BadlyDisposable : IDisposable
    {
        public void Dispose() => throw new InvalidDataException("no end");
    }
}
