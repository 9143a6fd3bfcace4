using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Two groups of ranks, the even ones and the odd ones, each of which sees the other's.</summary>
internal static class InterCommunicators
{
    public static void RanksAreThoseOfTheOtherSide(RankContext r) => WithSides(r, inter =>
    {
        using var own = inter.Group;
        using var remote = inter.RemoteGroup;
        using var all = r.World.Group;
        r.Say($"{inter.IsInter} {inter.Size} {inter.RemoteSize}");
        r.Say("own", own.TranslateRanks([.. Enumerable.Range(0, own.Size)], all));
        r.Say("remote", remote.TranslateRanks([.. Enumerable.Range(0, remote.Size)], all));
    });

    public static void MessagesCross(RankContext r) => WithSides(r, inter =>
    {
        for (var to = 0; to < inter.RemoteSize; to++)
        {
            inter.SendValue((r.Rank * 10) + to, to, 3);
        }
        r.Say("got", Enumerable.Range(0, inter.RemoteSize).Select(from => inter.ReceiveValue<int>(from, 3)));
        var receive = inter.StartReceive(new int[4].AsMemory(), Mpi.AnySource, 4);
        inter.StartSendSynchronous<int>(new int[3], inter.Rank % inter.RemoteSize, 4);
        r.Say($"{receive.Wait().GetCount<int>()}");
    });

    public static void ObjectsCross(RankContext r) => WithSides(r, inter =>
    {
        var peer = inter.Rank % inter.RemoteSize;
        var got = inter.SendReceiveObject<string[], string[]>([$"from {r.Rank}", "and more"], peer, peer);
        r.Say("got", got!);
    });

    public static void TheyAreDuplicatedAndMergedInEitherOrder(RankContext r) => WithSides(r, inter =>
    {
        using var again = inter.Duplicate();
        again.SendValue(r.Rank, again.Rank % again.RemoteSize);
        r.Say($"{again.IsInter} {again.ReceiveValue<int>(again.Rank % again.RemoteSize)} {inter.CompareTo(again)}");
        foreach (var evenFirst in new[] { true, false })
        {
            using var merged = inter.Merge(high: r.Rank % 2 == 0 != evenFirst);
            r.Say("merged", merged.AllGather(r.Rank));
        }
    });

    public static void CollectivesGoFromOneSideToTheOther(RankContext r) => WithSides(r, inter =>
    {
        var remote = RemoteOf(r);
        inter.Barrier();
        Expect(inter.AllReduce(r.Rank, Op.Sum) == remote.Sum());
        Expect(inter.AllGather(r.Rank).SequenceEqual(remote));
        var swapped = new int[inter.RemoteSize];
        inter.AllToAll<int>(Enumerable.Range(0, inter.RemoteSize).Select(to => (r.Rank * 10) + to).ToArray(), swapped);
        Expect(swapped.SequenceEqual(remote.Select(rank => (rank * 10) + inter.Rank)));
        r.Say("right");
    });

    /// <summary>Each rank of either side in turn: it says that it is the root, its fellows say nobody, and the others name it.</summary>
    public static void EveryRankIsTheRootOnce(RankContext r) => WithSides(r, inter =>
    {
        foreach (var (root, giver) in Roots(r))
        {
            var (isRoot, gets) = (root == Mpi.Root, root >= 0);
            var remote = RemoteOf(r);
            var value = inter.BroadcastValue(r.Rank == giver ? giver + 42 : -1, root);
            Expect(value == (isRoot || gets ? giver + 42 : -1));
            var gathered = new int[isRoot ? inter.RemoteSize : 0];
            inter.Gather<int>(new[] { r.Rank }, gathered, root);
            Expect(!isRoot || gathered.SequenceEqual(remote));
            var sum = new int[1];
            inter.Reduce<int>(new[] { r.Rank }, sum, Op.Sum, root);
            Expect(sum[0] == (isRoot ? remote.Sum() : 0));
            var part = new int[1];
            inter.Scatter<int>(isRoot ? [.. remote.Select(rank => rank + 100)] : [], part, root);
            Expect(part[0] == (gets ? r.Rank + 100 : 0));
        }
        r.Say("right");
    });

    /// <summary>Rank i gives i + 1 elements, and takes as many of what is scattered.</summary>
    public static void BlocksOfDifferentLengthsCross(RankContext r) => WithSides(r, inter =>
    {
        var remote = RemoteOf(r);
        int[] lengths = [.. remote.Select(rank => rank + 1)];
        int[] own = [.. Enumerable.Repeat(r.Rank, r.Rank + 1)], theirs = [.. remote.SelectMany(rank => Enumerable.Repeat(rank, rank + 1))];
        var all = new int[theirs.Length];
        inter.AllGatherV<int>(own, all, lengths);
        Expect(all.SequenceEqual(theirs));
        foreach (var (root, _) in Roots(r))
        {
            var gathered = new int[theirs.Length];
            inter.GatherV<int>(own, gathered, root == Mpi.Root ? lengths : [], root);
            Expect(root != Mpi.Root || gathered.SequenceEqual(theirs));
            var part = new int[own.Length];
            inter.ScatterV<int>(root == Mpi.Root ? theirs : [], root == Mpi.Root ? lengths : [], part, root);
            Expect(root < 0 || part.SequenceEqual(own));
        }
        // Every pair swaps as many as the ranks of both, and one more.
        int[] counts = [.. remote.Select(rank => rank + r.Rank + 1)];
        var swapped = new int[counts.Sum()];
        inter.AllToAllV<int>([.. Enumerable.Repeat(r.Rank, counts.Sum())], counts, swapped, counts);
        Expect(swapped.SequenceEqual(remote.SelectMany((rank, i) => Enumerable.Repeat(rank, counts[i]))));
        r.Say("right");
    });

    /// <summary>What a side combined is scattered over the other: both give twelve elements, whatever their ranks.</summary>
    public static void ReducedBlocksAreScatteredOverTheOtherSide(RankContext r) => WithSides(r, inter =>
    {
        const int Total = 12;
        var remote = RemoteOf(r);
        long[] mine = [.. Enumerable.Range(0, Total).Select(i => (long)(r.Rank + 1) * i)];
        long Expected(int i) => remote.Sum(rank => rank + 1) * i;
        var block = new long[Total / inter.Size];
        inter.ReduceScatterBlock<long>(mine, block, Op.Sum);
        Expect(block.Select((value, i) => value == Expected((inter.Rank * block.Length) + i)).All(static right => right));
        int[] counts = [.. Enumerable.Range(0, inter.Size).Select(rank => rank == 0 ? Total - inter.Size + 1 : 1)];
        var part = new long[counts[inter.Rank]];
        inter.ReduceScatter<long>(mine, part, counts, Op.Sum);
        var start = counts.Take(inter.Rank).Sum();
        Expect(part.Select((value, i) => value == Expected(start + i)).All(static right => right));
        r.Say("right");
    });

    public static void AnOperationOfTheProgramKeepsTheOrderOfTheOtherSide(RankContext r) => WithSides(r, inter =>
    {
        // Digits put side by side: it matters who comes first.
        using var append = Op.Create<long>(static (a, b) => (a * 10) + b, commutative: false);
        r.Say($"{inter.AllReduce((long)r.Rank + 1, append)}");
        // Long enough to go from rank to rank in offers.
        var many = new long[20_000];
        inter.AllReduce<long>([.. Enumerable.Repeat((long)r.Rank + 1, many.Length)], many, append);
        r.Say($"{many[0]} {many.Distinct().Count()}");
    });

    public static async Task AwaitedCollectivesCross(RankContext r)
    {
        if (r.Size == 1)
        {
            r.Say("one side only");
            return;
        }
        using var own = r.World.Split(r.Rank % 2)!;
        using var inter = own.JoinInter(0, r.World, 1 - (r.Rank % 2), 4);
        var remote = RemoteOf(r);
        var root = r.Rank % 2 == 1 ? 0 : inter.Rank == 0 ? Mpi.Root : Mpi.ProcNull;
        var (value, sum, total) = (new[] { r.Rank == 0 ? 42 : -1 }, new int[1], new int[1]);
        var (all, gathered, part, swapped) = (new int[remote.Length], new int[remote.Length], new int[1], new int[remote.Length]);
        // All of them under way at once.
        Request[] started =
        [
            inter.StartBarrier(),
            inter.StartBroadcast(value.AsMemory(), root),
            inter.StartAllReduce<int>(new[] { r.Rank }, sum, Op.Sum),
            inter.StartReduce<int>(new[] { r.Rank }, total, Op.Sum, root),
            inter.StartAllGather<int>(new[] { r.Rank }, all),
            inter.StartGather<int>(new[] { r.Rank }, root == Mpi.Root ? gathered : Memory<int>.Empty, root),
            inter.StartScatter<int>(root == Mpi.Root ? remote.Select(rank => rank + 100).ToArray() : ReadOnlyMemory<int>.Empty, part, root),
            inter.StartAllToAll<int>(Enumerable.Repeat(r.Rank, remote.Length).ToArray(), swapped),
        ];
        foreach (var request in started)
        {
            await request;
        }
        Expect(value[0] == (r.Rank % 2 == 1 || r.Rank == 0 ? 42 : -1));
        Expect(sum[0] == remote.Sum() && all.SequenceEqual(remote) && swapped.SequenceEqual(remote));
        Expect(root != Mpi.Root || (total[0] == remote.Sum() && gathered.SequenceEqual(remote)));
        Expect(root < 0 || part[0] == r.Rank + 100);
        r.Say("right");
    }

    /// <summary>Ranks 0 and 1 are in one part, the others in another; where a side has nobody of a part, there is none.</summary>
    public static void ASplitKeepsBothSides(RankContext r) => WithSides(r, inter =>
    {
        using (var part = inter.Split(r.Rank / 2)!)
        {
            r.Say($"{part.IsInter} {part.Size} {part.RemoteSize} {part.AllReduce(r.Rank, Op.Sum)}");
            Expect(part.AllGather(r.Rank).SequenceEqual([r.Rank ^ 1]));
        }
        using (var reversed = inter.Split(0, -r.Rank)!)
        {
            r.Say("reversed", reversed.AllGather(r.Rank));
        }
        r.Say($"{inter.Split(r.Rank % 2) is null} {inter.Split(r.Rank == 0 ? Mpi.Undefined : 0) is null}");
    });

    public static void WhatHasNoPlaceOnTwoSidesIsRefused(RankContext r) => WithSides(r, inter =>
    {
        var buffer = new int[inter.RemoteSize * inter.Size];
        r.Say(
            "refused",
            new Action[]
            {
                () => inter.AllReduceInPlace(buffer.AsSpan(), Op.Sum), () => inter.AllGatherInPlace(buffer.AsSpan()),
                () => inter.GatherInPlace(buffer.AsSpan()), () => inter.Scan(1, Op.Sum), () => inter.ExclusiveScan(1, Op.Sum),
            }.Select(ErrorOf));
        r.Say($"{ErrorOf(() => inter.BroadcastValue(1, inter.RemoteSize))} {inter.AllReduce(1, Op.Sum)}");
    });

    /// <summary>One rank against all others, joined through a communicator that is not the world.</summary>
    public static void TheSidesMayDifferInSize(RankContext r)
    {
        if (r.Size == 1)
        {
            r.Say("one side only");
            return;
        }
        using var peers = r.World.Duplicate();
        using var own = r.World.Split(r.Rank == 0 ? 0 : 1)!;
        using var inter = own.JoinInter(0, peers, r.Rank == 0 ? 1 : 0, 9);
        r.Say($"{inter.Size} {inter.RemoteSize} {inter.AllReduce(r.Rank + 1, Op.Sum)}");
        r.Say("gathered", inter.AllGather(r.Rank));
        using var merged = inter.Merge(high: r.Rank == 0);
        r.Say($"{merged.Rank} of {merged.Size}");
    }

    public static void WhatIsNotJoinedHasNoOtherSide(RankContext r)
    {
        Expect(!r.World.IsInter && r.World.RemoteSize == 0);
        r.Say($"{ErrorOf(() => _ = r.World.RemoteGroup)} {ErrorOf(() => r.World.Merge(high: false))}");
    }

    internal static void WithSides(RankContext r, Action<Communicator> body)
    {
        if (r.Size == 1)
        {
            r.Say("one side only");
            return;
        }
        using var own = r.World.Split(r.Rank % 2)!;
        using var inter = own.JoinInter(0, r.World, 1 - (r.Rank % 2), 4);
        body(inter);
    }

    internal static int[] RemoteOf(RankContext r) => [.. Enumerable.Range(0, r.Size).Where(rank => rank % 2 != r.Rank % 2)];

    /// <summary>For each rank of the world: what this rank says of the root when that one is it.</summary>
    internal static IEnumerable<(int Root, int Giver)> Roots(RankContext r) =>
        Enumerable.Range(0, r.Size).Select(giver => (
            giver == r.Rank ? Mpi.Root : giver % 2 == r.Rank % 2 ? Mpi.ProcNull : giver / 2, giver));
}
