using Braid.Tests.Engines;

namespace Braid.Tests.Actors;

/// <summary>Several calls of one actor under way at once.</summary>
public class ConcurrencyTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Interleaved_calls_are_under_way_together_up_to_the_bound(string engine)
    {
        using var signals = new Signals();
        var reached = signals["reached"];
        var counter = clusters[engine].StartActor(() => new Counter(), new() { MaxConcurrency = 3 });
        var calls = Enumerable.Range(0, 6).Select(i => counter.Call(c => c.OverlapAsync(reached, i < 3 ? 3 : 6))).ToArray();
        await Cluster.WhenAll(calls);
        Assert.Equal(3, await counter.Call(c => c.Most));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Between_their_awaits_interleaved_calls_are_alone(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Unsafe(), new() { MaxConcurrency = 8 });
        await Cluster.WhenAll(Enumerable.Range(0, 16).Select(_ => counter.Call(c => c.WorkAsync())));
        Assert.Equal((16 * 50, 1), await counter.Call(c => (c.Total, c.MostInside)));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Parallel_calls_run_on_threads_of_their_own(string engine)
    {
        using var signals = new Signals();
        var reached = signals["reached"];
        var counter = clusters[engine].StartActor(() => new Counter(), new() { MaxConcurrency = 2, Threading = ActorThreading.Parallel });
        var calls = Enumerable.Range(0, 2).Select(_ => counter.Call(_ =>
        {
            // Each holds its thread until the other has come as far.
            Signals.Mark(reached);
            Until.True(() => Signals.Marks(reached) == 2);
        })).ToArray();
        await Cluster.WhenAll(calls);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_group_has_turns_of_its_own(string engine)
    {
        using var signals = new Signals();
        var go = signals["go"];
        var cluster = clusters[engine];
        var counter = cluster.StartActor(() => new Counter(), new()
        {
            ConcurrencyGroups = new Dictionary<string, int> { ["control"] = 1 },
            Threading = ActorThreading.Parallel,
        });
        var held = counter.Call(_ => Signals.Await(go));
        Assert.Equal(0, await counter.Call(c => c.Value, new() { Group = "control" }));
        Assert.Equal(0, await cluster.Submit(async () => await counter.Call(c => c.Value, new() { Group = "control" })));
        var wrong = Assert.Throws<ArgumentException>(() => counter.Call(c => c.Value, new() { Group = "io" }));
        Assert.Contains("has no concurrency group 'io'", wrong.Message, StringComparison.Ordinal);
        Signals.Set(go);
        await held;
    }

    private sealed class Unsafe
    {
        private int _inside;

        public int Total { get; private set; }

        public int MostInside { get; private set; }

        public async Task WorkAsync()
        {
            for (var i = 0; i < 50; i++)
            {
                var inside = Interlocked.Increment(ref _inside);
                MostInside = Math.Max(MostInside, inside);
                var before = Total;
                Thread.SpinWait(200);
                Total = before + 1;
                Interlocked.Decrement(ref _inside);
                await Task.Yield();
            }
        }
    }
}
