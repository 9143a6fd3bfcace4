using Braid.Serialization;
using static Braid.Mpi.Ranks.RankContext;
using static Braid.Mpi.Ranks.Scenarios.InterCommunicators;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Collectives of objects between the even ranks and the odd ones: each gets what the other side's gave.</summary>
internal static class ObjectsAcross
{
    public static void EveryRankIsTheRootOnce(RankContext r) => WithSides(r, inter =>
    {
        var remote = RemoteOf(r);
        foreach (var (root, giver) in Roots(r))
        {
            var (isRoot, gets) = (root == Mpi.Root, root >= 0);
            var value = inter.BroadcastObject(isRoot ? $"from {giver}" : "mine", root);
            Expect(value == (isRoot || gets ? $"from {giver}" : "mine"));
            Expect(inter.GatherObjects(Named(r.Rank), root).SequenceEqual(isRoot ? remote.Select(Named) : []));
            var part = inter.ScatterObjects<string>(isRoot ? [.. remote.Select(Named)] : null, root);
            Expect(part == (gets ? Named(r.Rank) : null));
            var sum = inter.ReduceObject($"{r.Rank}", static (a, b) => $"({a}{b})", root);
            Expect(sum == (isRoot ? Combined(remote) : null));
        }
        r.Say("right");
    });

    public static void WhatBothSidesGiveIsSwapped(RankContext r) => WithSides(r, inter =>
    {
        var remote = RemoteOf(r);
        Expect(inter.AllGatherObjects(Named(r.Rank)).SequenceEqual(remote.Select(Named)));
        var swapped = inter.AllToAllObjects([.. remote.Select(to => $"{r.Rank} to {to}")]);
        Expect(swapped.SequenceEqual(remote.Select(from => $"{from} to {r.Rank}")));
        Expect(inter.AllReduceObject($"{r.Rank}", static (a, b) => $"({a}{b})") == Combined(remote));
        r.Say("right");
    });

    public static async Task AwaitedOnesRunInTheOrderOfTheCalls(RankContext r)
    {
        if (r.Size == 1)
        {
            r.Say("one side only");
            return;
        }
        using var own = r.World.Split(r.Rank % 2)!;
        using var inter = own.JoinInter(0, r.World, 1 - (r.Rank % 2), 4);
        var (remote, root) = (RemoteOf(r), r.Rank % 2 == 1 ? 0 : r.Rank == 0 ? Mpi.Root : Mpi.ProcNull);
        var all = inter.AllGatherObjectsAsync(new double[20_000 + r.Rank]);
        var value = inter.BroadcastObjectAsync(r.Rank == 0 ? new[] { 1, 2 } : null, root);
        var swapped = inter.AllToAllObjectsAsync([.. remote.Select(_ => r.Rank)]);
        var gathered = inter.GatherObjectsAsync(r.Rank, root);
        var part = inter.ScatterObjectsAsync<int>(root == Mpi.Root ? remote : null, root);
        var (most, sum) = (inter.AllReduceObjectAsync(r.Rank, Math.Max), inter.ReduceObjectAsync(r.Rank, static (a, b) => a + b, root));
        Expect((await all).Select(static a => a!.Length - 20_000).SequenceEqual(remote));
        Expect((await value)?.Length == (root == Mpi.ProcNull ? null : 2));
        Expect((await swapped).SequenceEqual(remote));
        Expect((await gathered).SequenceEqual(root == Mpi.Root ? remote : []));
        Expect(await part == (root >= 0 ? r.Rank : 0));
        Expect(await most == remote.Max() && await sum == (root == Mpi.Root ? remote.Sum() : 0));
        r.Say("right");
    }

    public static void WhatCannotTravelIsToldToTheOtherSide(RankContext r) => WithSides(r, inter =>
    {
        var root = r.Rank % 2 == 1 ? 0 : inter.Rank == 0 ? Mpi.Root : Mpi.ProcNull;
        string Outcome(Action action)
        {
            try
            {
                action();
                return "well";
            }
            catch (Exception e) when (e is SerializationException or ArgumentException or InvalidOperationException or MpiException)
            {
                return e is MpiException mpi ? $"{mpi.Class}" : e.GetType().Name;
            }
        }
        r.Say(
            "outcomes",
            [
                Outcome(() => inter.BroadcastObject<object>(root == Mpi.Root ? new Thread(static () => { }) : "", root)),
                Outcome(() => inter.ScatterObjects<int>(root == Mpi.Root ? new int[inter.RemoteSize + 1] : null, root)),
                Outcome(() => inter.AllGatherObjects<object>(r.Rank == 1 ? new Thread(static () => { }) : "")),
                Outcome(() => inter.ReduceObject(1, static int (_, _) => throw new InvalidOperationException(), root)),
                Outcome(() => inter.BroadcastObject("", root >= 0 ? root : Mpi.ProcNull)),
                Outcome(() => inter.GatherObjects("", Mpi.Root)),
                Outcome(() => inter.ScanObject(1, static (a, _) => a)),
            ]);
        Expect(inter.AllReduceObject(1, static (a, b) => a + b) == inter.RemoteSize);
    });

    public static void LongOnesCrossInRounds(RankContext r) => WithSides(r, inter =>
    {
        var before = Braid.Mpi.Objects.ObjectCollectives.RoundBytesMax;
        Braid.Mpi.Objects.ObjectCollectives.RoundBytesMax = 1000;
        try
        {
            byte[] Long(int rank) => [.. Enumerable.Range(0, 5_000 + (rank * 700)).Select(i => (byte)(i * (rank + 3)))];
            Expect(inter.AllGatherObjects(Long(r.Rank)).Zip(RemoteOf(r)).All(pair => pair.First!.SequenceEqual(Long(pair.Second))));
            foreach (var (root, giver) in Roots(r))
            {
                Expect(root < 0 || inter.BroadcastObject<byte[]>(null, root)!.SequenceEqual(Long(giver)));
                Expect(root >= 0 || inter.BroadcastObject(root == Mpi.Root ? Long(giver) : [], root) is not null);
            }
        }
        finally
        {
            Braid.Mpi.Objects.ObjectCollectives.RoundBytesMax = before;
        }
        r.Say("right");
    });

    private static string Named(int rank) => $"rank {rank}";

    /// <summary>Neighbours in brackets: the order of the ranks shows.</summary>
    private static string Combined(int[] ranks) => ranks.Length == 1 ? $"{ranks[0]}" : $"({ranks[0]}{ranks[1]})";
}
