using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Operations of all ranks together that move data.</summary>
internal static class Collectives
{
    public static void ABarrierLetsNobodyThroughEarly(RankContext r)
    {
        for (var i = 0; i < 3; i++)
        {
            r.World.Barrier();
        }
        r.World.StartBarrier().Wait();
        r.Say("through");
    }

    public static void BroadcastFromEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var values = r.Rank == root ? Enumerable.Range(root, 5).ToArray() : new int[5];
            r.World.Broadcast(values.AsSpan(), root);
            r.Say($"{root}", values);
        }
        r.Say($"value {r.World.BroadcastValue(r.Rank == 0 ? 2.5 : 0)}");
        var large = new double[50_000];
        if (r.Rank == 0)
        {
            large[^1] = 3;
        }
        r.World.Broadcast(large.AsSpan());
        r.Say($"large {large[^1]}");
    }

    public static void GatherToEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var all = new int[r.Rank == root ? 2 * r.Size : 0];
            r.World.Gather<int>(new[] { r.Rank, -r.Rank }, all, root);
            r.Say($"{root}", all);
        }
        r.Say("values", r.World.Gather(r.Rank * 2L));
    }

    public static void ScatterFromEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var own = new int[2];
            r.World.Scatter<int>(r.Rank == root ? Enumerable.Range(0, 2 * r.Size).ToArray() : [], own, root);
            r.Say($"{root}", own);
        }
        r.Say($"value {r.World.Scatter<double>(r.Rank == 0 ? Enumerable.Range(0, r.Size).Select(i => i * 0.5).ToArray() : [])}");
    }

    public static void BlocksOfDifferentLengthsAreGathered(RankContext r)
    {
        var counts = Enumerable.Range(1, r.Size).ToArray();
        var own = Enumerable.Repeat(r.Rank, r.Rank + 1).ToArray();
        var all = new int[counts.Sum()];
        r.World.GatherV<int>(own, all, counts);
        r.Say("gathered", all);
        // With a hole between the blocks.
        var spread = Enumerable.Repeat(-1, (r.Size * (r.Size + 1)) + r.Size).ToArray();
        r.World.GatherV<int>(own, spread, counts, 0, Enumerable.Range(0, r.Size).Select(i => i * (r.Size + 1)).ToArray());
        r.Say("spread", spread);
        r.World.AllGatherV<int>(own, all, counts);
        r.Say("all", all);
    }

    public static void BlocksOfDifferentLengthsAreScattered(RankContext r)
    {
        var counts = Enumerable.Range(1, r.Size).ToArray();
        var own = new int[r.Rank + 1];
        r.World.ScatterV<int>(r.Rank == 0 ? Enumerable.Range(0, counts.Sum()).ToArray() : [], r.Rank == 0 ? counts : [], own);
        r.Say("own", own);
    }

    public static void AllGather(RankContext r)
    {
        var all = new long[2 * r.Size];
        r.World.AllGather<long>(new[] { r.Rank, r.Rank * 100L }, all);
        r.Say("all", all);
        r.Say("values", r.World.AllGather((short)r.Rank));
    }

    public static void AllToAll(RankContext r)
    {
        var got = new int[2 * r.Size];
        r.World.AllToAll<int>(Enumerable.Range(0, 2 * r.Size).Select(i => (r.Rank * 100) + i).ToArray(), got);
        r.Say("got", got);
    }

    public static void AllToAllOfDifferentLengths(RankContext r)
    {
        // To rank i go i + 1 elements; from everyone come rank + 1.
        var sendCounts = Enumerable.Range(1, r.Size).ToArray();
        var receiveCounts = Enumerable.Repeat(r.Rank + 1, r.Size).ToArray();
        var send = Enumerable.Range(0, sendCounts.Sum()).Select(i => (r.Rank * 100) + i).ToArray();
        var got = new int[receiveCounts.Sum()];
        r.World.AllToAllV<int>(send, sendCounts, got, receiveCounts);
        r.Say("got", got);
    }

    public static void InPlace(RankContext r)
    {
        var whole = new int[2 * r.Size];
        (whole[2 * r.Rank], whole[(2 * r.Rank) + 1]) = (r.Rank, r.Rank + 10);
        var gathered = r.Rank == 0 ? (int[])whole.Clone() : [r.Rank, r.Rank + 10];
        r.World.GatherInPlace(gathered.AsSpan());
        r.Say("gather", gathered);
        r.World.AllGatherInPlace(whole.AsSpan());
        r.Say("all", whole);
        var part = r.Rank == 0 ? whole : new int[2];
        r.World.ScatterInPlace(part.AsSpan());
        r.Say("scatter", part.Take(2));
        var swap = Enumerable.Range(0, r.Size).Select(i => (r.Rank * 10) + i).ToArray();
        r.World.AllToAllInPlace(swap.AsSpan());
        r.Say("alltoall", swap);
    }

    public static async Task NonBlockingOnesAreAwaited(RankContext r)
    {
        await r.World.StartBarrier();
        var values = r.Rank == 0 ? new[] { 1, 2, 3 } : new int[3];
        await r.World.StartBroadcast(values.AsMemory());
        var all = new int[r.Size];
        await r.World.StartAllGather<int>(new[] { r.Rank }, all);
        var gathered = new int[r.Rank == 0 ? r.Size : 0];
        await r.World.StartGather<int>(new[] { r.Rank * 3 }, gathered);
        var own = new int[1];
        await r.World.StartScatter<int>(all, own);
        var swapped = new int[r.Size];
        await r.World.StartAllToAll<int>(Enumerable.Repeat(r.Rank, r.Size).ToArray(), swapped);
        r.Say("values", [.. values, .. all, .. gathered, .. own, .. swapped]);
        var counts = Enumerable.Range(1, r.Size).ToArray();
        var mine = Enumerable.Repeat(r.Rank, r.Rank + 1).ToArray();
        var (some, every, part) = (new int[counts.Sum()], new int[counts.Sum()], new int[r.Rank + 1]);
        await r.World.StartGatherV<int>(mine, some, counts);
        await r.World.StartAllGatherV<int>(mine, every, counts);
        await r.World.StartScatterV<int>(every, counts, part);
        r.Say("varying", [.. some, .. every, .. part]);
    }

    public static void SeveralAreUnderWayAtOnce(RankContext r)
    {
        var results = Enumerable.Range(0, 6).Select(_ => new int[1]).ToArray();
        var requests = results.Select((x, i) => r.World.StartAllReduce<int>(new[] { r.Rank + i }, x, Op.Sum)).ToArray();
        Request.WaitAll([.. requests.Reverse()]);
        r.Say("sums", results.Select(x => x[0]));
    }

    public static void AShortBufferIsRefusedBeforeMpiSeesIt(RankContext r)
    {
        var refused = 0;
        foreach (var call in new Action[]
        {
            () => r.World.AllGather<int>(new int[3], new int[(3 * r.Size) - 1]),
            () => r.World.AllReduce<int>(new int[3], new int[2], Op.Sum),
            () => r.World.AllToAll<int>(new int[r.Size], new int[r.Size - 1]),
            () => r.World.AllGatherV<int>(new int[1], new int[1], Enumerable.Repeat(2, r.Size).ToArray()),
            () => r.World.AllGatherV<int>(new int[1], new int[100], [1, 2, 3, 4, 5]),
        })
        {
            try
            {
                call();
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        r.Say($"refused {refused}");
    }
}
