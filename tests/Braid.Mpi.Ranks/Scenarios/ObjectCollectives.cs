using Braid.Serialization;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Objects of all ranks together.</summary>
internal static class ObjectCollectives
{
    public static void BroadcastFromEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            foreach (var length in new[] { 0, 10, 900, 1_100, 50_000, 400_000 })
            {
                var got = r.World.BroadcastObject(r.Rank == root ? new string((char)('a' + root), length) : null, root);
                Expect(got!.Length == length && got.All(c => c == 'a' + root));
                var vector = r.World.BroadcastObject(r.Rank == root ? Vector(root, length) : null, root);
                Expect(vector!.Length == length && vector.SequenceEqual(Vector(root, length)));
            }
        }
        r.Say("all roots");
    }

    public static void GatherToEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var all = r.World.GatherObjects($"{r.Rank}>{root}", root);
            r.Say("gathered", all);
            var vectors = r.World.GatherObjects(Vector(r.Rank, 10_000 * r.Rank), root);
            Expect(vectors.Length == (r.Rank == root ? r.Size : 0) && vectors.Select((v, i) => v!.Length == 10_000 * i).All(x => x));
        }
    }

    public static void ScatterFromEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var own = r.World.ScatterObjects(
                r.Rank == root ? Enumerable.Range(0, r.Size).Select(i => (i, Vector(i, i * 20_000))).ToArray() : null, root);
            r.Say($"{own.Item1} {own.Item2.Length} {own.Item2.SequenceEqual(Vector(r.Rank, r.Rank * 20_000))}");
        }
    }

    public static void AllGather(RankContext r)
    {
        r.Say("all", r.World.AllGatherObjects(new Objects.Point(r.Rank, -r.Rank)));
        Expect(r.World.AllGatherObjects(Vector(r.Rank, r.Rank * 30_000)).Select((v, i) => v!.SequenceEqual(Vector(i, i * 30_000))).All(x => x));
    }

    public static void AllToAll(RankContext r)
    {
        r.Say("for me", r.World.AllToAllObjects(Enumerable.Range(0, r.Size).Select(to => $"{r.Rank}>{to}").ToArray())!);
        var got = r.World.AllToAllObjects(Enumerable.Range(0, r.Size).Select(to => Vector(r.Rank, to * 9_000)).ToArray());
        Expect(got.Select((v, from) => v!.SequenceEqual(Vector(from, r.Rank * 9_000))).All(x => x));
    }

    public static void ReduceKeepsTheOrderToEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            r.Say($"{r.World.ReduceObject($"[{r.Rank}]", string.Concat, root)}");
        }
        r.Say(r.World.AllReduceObject($"<{r.Rank}>", string.Concat));
        r.Say(r.World.ScanObject($"{r.Rank}", string.Concat));
        r.Say($"{r.World.ExclusiveScanObject($"{r.Rank}", string.Concat, "first")}");
    }

    public static void ManyRoundsCarryWhatOneCannot(RankContext r)
    {
        var whole = Braid.Mpi.Objects.ObjectCollectives.RoundBytesMax;
        Braid.Mpi.Objects.ObjectCollectives.RoundBytesMax = 49_999;
        BroadcastFromEveryRootOnce(r);
        GatherToEveryRoot(r);
        ScatterFromEveryRoot(r);
        AllGather(r);
        AllToAll(r);
        Braid.Mpi.Objects.ObjectCollectives.RoundBytesMax = whole;
    }

    public static async Task AwaitedOnesRunInTheOrderOfTheCalls(RankContext r)
    {
        var first = r.World.BroadcastObjectAsync(r.Rank == 0 ? Vector(5, 40_000) : null);
        var second = r.World.GatherObjectsAsync(r.Rank);
        var third = r.World.AllReduceObjectAsync(r.Rank, (a, b) => a + b);
        var fourth = r.World.AllGatherObjectsAsync($"{r.Rank}");
        var fifth = r.World.ScatterObjectsAsync(r.Rank == 0 ? Enumerable.Range(50, r.Size).ToArray() : null);
        var sixth = r.World.AllToAllObjectsAsync(Enumerable.Range(0, r.Size).Select(to => (10 * r.Rank) + to).ToArray());
        var seventh = r.World.ReduceObjectAsync(new[] { r.Rank }, (a, b) => [.. a, .. b]);
        Expect((await first)!.SequenceEqual(Vector(5, 40_000)));
        r.Say("gathered", await second);
        r.Say($"{await third} {await fifth}");
        r.Say("all", await fourth);
        r.Say("to all", await sixth);
        r.Say("reduced", await seventh ?? []);
        r.Say(r.World.AllReduceObject("x", string.Concat));
    }

    public static void WhatCannotTravelFailsWhereItIsMissedAndNobodyHangs(RankContext r)
    {
        object last = r.Rank == r.Size - 1 ? new StringWriter() : "fine";
        r.Say(FailureOf(() => r.World.GatherObjects(last)));
        r.Say(FailureOf(() => r.World.AllGatherObjects(last)));
        r.Say(FailureOf(() => r.World.BroadcastObject(last, r.Size - 1)));
        r.Say(FailureOf(() => r.World.ScatterObjects<object>(r.Rank == 0 ? Enumerable.Repeat<object>(new StringWriter(), r.Size).ToArray() : null)));
        r.Say(FailureOf(() => r.World.AllReduceObject(last, (a, _) => a)));
        r.Say(r.World.AllReduceObject("usable still ", string.Concat));
    }

    public static void AWrongNumberOfObjectsIsToldToAll(RankContext r)
    {
        r.Say(FailureOf(() => r.World.ScatterObjects(r.Rank == 0 ? new int[r.Size + 1] : null)));
        r.Say(FailureOf(() => r.World.AllToAllObjects(new int[r.Rank == 0 ? 0 : r.Size])));
        r.World.Barrier();
    }

    public static void AnExceptionInTheFunctionComesBackAsItself(RankContext r)
    {
        r.Say(FailureOf(() => r.World.AllReduceObject(r.Rank, (a, b) => a == 0 ? throw new InvalidTimeZoneException("of the function") : b)));
        r.Say($"{r.World.AllReduceObject(r.Rank, Math.Max)}");
    }

    private static void BroadcastFromEveryRootOnce(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var got = r.World.BroadcastObject(r.Rank == root ? Vector(root, 30_000) : null, root);
            Expect(got!.SequenceEqual(Vector(root, 30_000)));
        }
    }

    /// <summary>The type of the failure, and of one that cannot travel the reason.</summary>
    private static string FailureOf(Action action)
    {
        var failure = Objects.FailureOf(action);
        return failure.StartsWith(nameof(SerializationException), StringComparison.Ordinal) ? failure.Split(',')[0] : failure;
    }

    private static double[] Vector(int seed, int length)
    {
        var vector = new double[length];
        for (var i = 0; i < length; i++)
        {
            vector[i] = seed + (i * 0.5);
        }
        return vector;
    }
}
