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

    /// <summary>Natively one side gives and the other gets. The embedded runtime has none of them and says so.</summary>
    public static void CollectivesGoFromOneSideToTheOther(RankContext r) => WithSides(r, inter =>
    {
        if (Mpi.Implementation == MpiImplementation.Embedded)
        {
            foreach (var call in new Action[]
            {
                inter.Barrier, () => inter.BroadcastValue(1), () => inter.AllReduce(1, Op.Sum), () => inter.AllGather(1),
            })
            {
                try
                {
                    call();
                    Expect(false, "a collective of an inter-communicator is refused");
                }
                catch (NotSupportedException e)
                {
                    Expect(e.Message.Contains("inter-communicator", StringComparison.Ordinal));
                }
            }
            r.Say("right");
            return;
        }
        var even = r.Rank % 2 == 0;
        var remote = Enumerable.Range(0, r.Size).Where(rank => rank % 2 == 0 != even).ToArray();
        // The leader of the even side is the root: it says so, its fellows say nobody, and the others name it.
        var root = !even ? 0 : inter.Rank == 0 ? Mpi.Root : Mpi.ProcNull;
        inter.Barrier();
        var value = inter.BroadcastValue(r.Rank == 0 ? 42 : -1, root);
        Expect(value == (!even || r.Rank == 0 ? 42 : -1));
        Expect(inter.AllReduce(r.Rank, Op.Sum) == remote.Sum());
        Expect(inter.AllGather(r.Rank).SequenceEqual(remote));
        var gathered = new int[root == Mpi.Root ? inter.RemoteSize : 0];
        inter.Gather<int>(new[] { r.Rank }, gathered, root);
        Expect(root != Mpi.Root || gathered.SequenceEqual(remote));
        var sum = new int[1];
        inter.Reduce<int>(new[] { r.Rank }, sum, Op.Sum, root);
        Expect(root != Mpi.Root || sum[0] == remote.Sum());
        var part = new int[1];
        inter.Scatter<int>(root == Mpi.Root ? [.. remote.Select(rank => rank + 100)] : [], part, root);
        Expect(even || part[0] == r.Rank + 100);
        var swapped = new int[inter.RemoteSize];
        inter.AllToAll<int>(Enumerable.Range(0, inter.RemoteSize).Select(to => (r.Rank * 10) + to).ToArray(), swapped);
        Expect(swapped.SequenceEqual(remote.Select(rank => (rank * 10) + inter.Rank)));
        r.Say("right");
    });

    public static void CollectivesOfObjectsAskForAMerge(RankContext r) => WithSides(r, inter =>
    {
        try
        {
            inter.BroadcastObject("nobody gets it");
        }
        catch (NotSupportedException e)
        {
            r.Say(e.Message);
        }
        using var merged = inter.Merge(high: r.Rank % 2 == 1);
        r.Say("merged", merged.AllGatherObjects($"rank {r.Rank}")!);
    });

    public static void WhatIsNotJoinedHasNoOtherSide(RankContext r)
    {
        Expect(!r.World.IsInter && r.World.RemoteSize == 0);
        r.Say($"{ErrorOf(() => _ = r.World.RemoteGroup)} {ErrorOf(() => r.World.Merge(high: false))}");
    }

    private static void WithSides(RankContext r, Action<Communicator> body)
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
}
