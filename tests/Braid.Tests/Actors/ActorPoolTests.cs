using Braid.Tests.Engines;

namespace Braid.Tests.Actors;

public class ActorPoolTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Calls_go_to_the_least_busy_actor(string engine)
    {
        using var signals = new Signals();
        var go = signals["go"];
        await using var pool = clusters[engine].StartActorPool(() => new Counter(), 3);
        var held = pool.Call(_ => Signals.Await(go));
        for (var i = 0; i < 10; i++)
            await pool.Call(c => c.Increment());
        Assert.Equal(ObjectStatus.Pending, held.Status);
        Signals.Set(go);
        await held;
        Assert.Equal(10, (await Cluster.WhenAll(pool.Actors.Select(actor => actor.Call(c => c.Value)))).Sum());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Mapping_keeps_the_order_and_uses_all(string engine)
    {
        await using var pool = clusters[engine].StartActorPool(() => new Counter(), 3);
        var results = new List<int>();
        await foreach (var square in pool.MapAsync(Enumerable.Range(0, 50), (counter, i) => counter.Increment() * 0 + i * i))
            results.Add(square);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => i * i), results);
        var served = await Cluster.WhenAll(pool.Actors.Select(actor => actor.Call(c => c.Value)));
        Assert.Equal(50, served.Sum());
        Assert.DoesNotContain(0, served);
    }
}
