using Braid.Lambdas;
using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>References as arguments and as results.</summary>
public class DependencyTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_chain_of_five_thousand(string engine)
    {
        var cluster = clusters[engine];
        var last = cluster.Submit(() => 0);
        for (var i = 0; i < 5000; i++)
        {
            var previous = last;
            last = cluster.Submit(() => previous.Value + 1);
        }

        Assert.Equal(5000, await last);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Diamonds_share_what_they_stand_on(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var ran = signals["ran"];
        var top = cluster.Submit(() =>
        {
            Signals.Mark(ran);
            return 1;
        });
        var layers = top;
        for (var i = 0; i < 10; i++)
        {
            var above = layers;
            var (left, right) = (cluster.Submit(() => above.Value), cluster.Submit(() => above.Value));
            layers = cluster.Submit(() => left.Value + right.Value);
        }

        Assert.Equal(1024, await layers);
        Assert.Equal(1, Signals.Marks(ran));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Ten_thousand_arguments(string engine)
    {
        var cluster = clusters[engine];
        var parts = Enumerable.Range(0, 10_000).Select(i => cluster.Submit(() => i)).ToArray();
        Assert.Equal(49_995_000, await cluster.Submit(() => parts.Sum(part => part.Value)));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task References_are_found_in_whatever_holds_them(string engine)
    {
        var cluster = clusters[engine];
        var one = cluster.Submit(() => 1);
        var list = new List<ObjectRef<int>> { one, cluster.Put(2) };
        var map = new Dictionary<string, ObjectRef<int>> { ["three"] = cluster.Submit(() => 3) };
        var record = new Holder(cluster.Submit(() => 4), (cluster.Submit(() => 5), "five"));
        Assert.Equal(16, await cluster.Submit(() =>
            list.Sum(reference => reference.Value) + map["three"].Value + record.Reference.Value + record.Pair.Item1.Value + one.Value));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Results_hold_references_and_references_to_references(string engine)
    {
        var cluster = clusters[engine];
        var list = await cluster.Submit(() => Enumerable.Range(0, 5).Select(i => Cluster.Current.Submit(() => i * i)).ToList());
        int[] squares = [0, 1, 4, 9, 16];
        Assert.Equal(squares, await Cluster.WhenAll(list));
        var nested = cluster.Submit(() => Cluster.Current.Submit(() => Cluster.Current.Put(7)));
        Assert.Equal(7, await await await nested);
        Assert.Equal(8, await cluster.Submit(async () => await await nested.Value + 1));
        // Kept alive by nothing but the result that holds it.
        var holder = cluster.Submit(() => new Holder(Cluster.Current.Put(11), (Cluster.Current.Submit(() => 12), "")));
        await holder;
        await cluster.Submit(GC.Collect);
        GC.Collect();
        Assert.Equal(23, await cluster.Submit(async () => await holder.Value.Reference + await holder.Value.Pair.Item1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_failure_goes_down_to_everything_that_depends_on_it(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var ran = signals["ran"];
        var failed = cluster.Submit(int () => throw new InvalidDataException("root"));
        var last = failed;
        for (var i = 0; i < 100; i++)
        {
            var previous = last;
            last = cluster.Submit(() =>
            {
                Signals.Mark(ran);
                return previous.Value;
            });
        }

        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await last);
        Assert.Equal("root", error.Message);
        Assert.Equal(ObjectStatus.Failed, last.Status);
        Assert.Equal(0, Signals.Marks(ran));
        // And to one that is submitted when all that is over.
        await Assert.ThrowsAsync<InvalidDataException>(async () => await cluster.Submit(() => last.Value));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_reference_of_another_cluster_is_refused()
    {
        var foreign = clusters[EngineNames.InProcess].Submit(() => 1);
        foreach (var engine in (string[])[EngineNames.InProcess, EngineNames.Processes])
        {
            await using var other = await RunningCluster.StartAsync(engine, options => options with { Workers = 1 });
            var refused = Assert.Throws<InvalidOperationException>(() => other.Cluster.Submit(() => foreign.Value));
            Assert.Contains("another cluster", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_belongs_to_another_cluster_is_told_apart_although_their_numbers_are_the_same()
    {
        await using var one = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        await using var two = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var (own, foreign) = (one.Cluster.Put("one"), two.Cluster.Put("two"));
        Assert.Equal(own.Id, foreign.Id);
        Assert.Throws<InvalidOperationException>(() => one.Cluster.Submit(() => own.Value + foreign.Value));
        Assert.Throws<InvalidOperationException>(() => one.Cluster.Put(new[] { own, foreign }));

        var other = two.Cluster;
        var refused = Assert.Throws<CaptureException>(() => one.Cluster.Submit(async () => await other.Submit(() => 1)));
        Assert.Equal("other", refused.Variable);
        Assert.Equal("one", await one.Cluster.Submit(() => own.Value));
    }

    private sealed record Holder(ObjectRef<int> Reference, (ObjectRef<int>, string) Pair);
}
