using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Communicators, groups and topologies.</summary>
internal static class Communicators
{
    public static void ADuplicateHasMessagesOfItsOwn(RankContext r)
    {
        using var other = r.World.Duplicate();
        var sends = new[] { other.StartSend<int>(new[] { 1 }, r.Next, 5), r.World.StartSend<int>(new[] { 2 }, r.Next, 5) };
        r.Say($"world {r.World.ReceiveValue<int>(r.Previous, 5)} duplicate {other.ReceiveValue<int>(r.Previous, 5)}");
        Request.WaitAll(sends);
        r.Say($"{r.World.CompareTo(other)} {r.World.CompareTo(r.World)} {r.World.CompareTo(Mpi.Self)}");
    }

    public static void SplitByColourAndKey(RankContext r)
    {
        using var part = r.World.Split(r.Rank % 2, -r.Rank)!;
        r.Say($"{part} sum {part.AllReduce(r.Rank, Op.Sum)}");
        r.Say("members", part.AllGather(r.Rank));
        using var some = r.World.Split(r.Rank == 0 ? 1 : Mpi.Undefined);
        r.Say($"in {some is not null}");
        using var machine = r.World.SplitByMachine();
        r.Say($"machine {machine}");
    }

    public static void ACommunicatorOfAGroup(RankContext r)
    {
        using var all = r.World.Group;
        using var evens = all.IncludeRange(0, r.Size - 1, 2);
        if (evens.Rank != Mpi.Undefined)
        {
            using var comm = r.World.Create(evens, 3);
            r.Say($"{comm} sum {comm.AllReduce(r.Rank, Op.Sum)}");
        }
    }

    public static void GroupsAreSets(RankContext r)
    {
        using var all = r.World.Group;
        using var first = all.Include(0);
        using var rest = all.Exclude(0);
        using var union = rest.Union(first);
        using var both = all.Intersect(first);
        using var without = all.Except(first);
        r.Say("sizes", [all.Size, first.Size, rest.Size, union.Size, both.Size, without.Size]);
        r.Say($"ranks {all.Rank} {first.Rank == Mpi.Undefined} {union.Rank}");
        r.Say($"{all.CompareTo(union)} {rest.CompareTo(without)} {both.CompareTo(first)} {all.CompareTo(first) == MpiComparison.Identical}");
        r.Say("translated", union.TranslateRanks(Enumerable.Range(0, r.Size).ToArray(), all));
        r.Say("not there", all.TranslateRanks([r.Size - 1], first).Select(t => t == Mpi.Undefined ? "none" : $"{t}"));
    }

    public static void NamesAndAttributes(RankContext r)
    {
        using var other = r.World.Duplicate();
        other.Name = "Grüße";
        r.Say($"{other.Name} {r.World.Name}");
        Expect(r.World.TagUpperBound >= 32767);
        Expect(Mpi.ProcessorName.Length > 0 && Mpi.LibraryVersion.Length > 0 && Mpi.StandardVersion >= new Version(3, 1));
        var (before, after) = (Mpi.Seconds, Mpi.Seconds);
        Expect(after >= before);
        r.World.SendReceive<int, int>(new[] { 1 }, r.Next, new int[1], r.Previous, 32767, 32767);
        r.Say($"self {Mpi.Self}");
    }

    public static void ALongNameIsCut(RankContext r)
    {
        using var other = r.World.Duplicate();
        other.Name = new string('x', 500);
        Expect(other.Name.Length >= 63 && other.Name.All(static c => c == 'x'));
        other.Name = "";
        r.Say($"'{other.Name}'");
    }

    public static void WhatMpiSaysOfItself(RankContext r)
    {
        Expect(r.World.GetAttribute(CommunicatorAttribute.TagUpperBound) >= 32767);
        // How many processes fit, as far as the launcher knows; more may have been started.
        Expect((r.World.GetAttribute(CommunicatorAttribute.UniverseSize) ?? 1) >= 1);
        Expect((r.World.GetAttribute(CommunicatorAttribute.ApplicationNumber) ?? 0) >= 0);
        using var other = r.World.Duplicate();
        r.Say($"{other.TagUpperBound == r.World.TagUpperBound} {Mpi.IsActive} {Mpi.Self.Size}");
    }

    public static void ManyAreMadeAndFreed(RankContext r)
    {
        var sum = 0;
        for (var i = 0; i < 20; i++)
        {
            using var other = i % 2 == 0 ? r.World.Duplicate() : r.World.Split(r.Rank % 2)!;
            sum += other.AllReduce(1, Op.Sum);
        }
        r.Say($"sum {sum}");
    }

    public static void TwoSidesOfAnInterCommunicator(RankContext r)
    {
        if (r.Size == 1)
        {
            r.Say("one side only");
            return;
        }
        var side = r.Rank % 2;
        using var own = r.World.Split(side)!;
        using var inter = own.JoinInter(0, r.World, 1 - side, 4);
        r.Say($"{inter.IsInter} {inter.Rank} {inter.Size} {inter.RemoteSize}");
        if (inter.Rank == 0)
        {
            inter.SendValue(r.Rank * 11, 0, 2);
            r.Say($"other leader {inter.ReceiveValue<int>(0, 2)}");
        }
        using var merged = inter.Merge(high: side == 0);
        r.Say("merged", merged.AllGather(r.Rank));
        using var remote = inter.RemoteGroup;
        r.Say($"remote group {remote.Size}");
    }

    public static void AGridOfRanks(RankContext r)
    {
        var shape = CartesianCommunicator.Dimensions(r.Size, 2);
        using var grid = r.World.CreateCartesian(shape, [true, false])!;
        r.Say("shape", shape);
        r.Say("at", grid.Coordinates);
        Expect(grid.GetRank([.. grid.Coordinates]) == grid.Rank);
        foreach (var dimension in new[] { 0, 1 })
        {
            var (source, destination) = grid.Shift(dimension);
            r.Say($"shift {dimension}: {Name(source)} {Name(destination)}");
        }
        using var rows = grid.Slice(false, true);
        r.Say($"row {rows} sum {rows.AllReduce(r.Rank, Op.Sum)}");
        var got = Enumerable.Repeat(-1, 4).ToArray();
        grid.NeighborAllGather<int>(new[] { r.Rank }, got);
        r.Say("neighbours", got);
        got = Enumerable.Repeat(-1, 4).ToArray();
        grid.NeighborAllToAll<int>(new[] { r.Rank * 10, (r.Rank * 10) + 1, (r.Rank * 10) + 2, (r.Rank * 10) + 3 }, got);
        r.Say("swapped", got);

        static string Name(int rank) => rank == Mpi.ProcNull ? "nobody" : $"{rank}";
    }

    public static void ShapesAreNearlyCubes(RankContext r)
    {
        foreach (var (ranks, dimensions) in new[] { (1, 2), (4, 2), (6, 2), (12, 3), (7, 2), (64, 3), (60, 2) })
        {
            r.Say($"{ranks} in {dimensions}", CartesianCommunicator.Dimensions(ranks, dimensions));
        }
    }

    public static void AGridSmallerThanTheWorldLeavesRanksOut(RankContext r)
    {
        using var grid = r.World.CreateCartesian([1], [false]);
        r.Say($"in {grid is not null}");
    }

    public static void AGraphOfRanks(RankContext r)
    {
        // Everyone sends to the next and to rank 0.
        var sources = r.Rank == 0 ? Enumerable.Range(0, r.Size).Append(r.Previous).ToArray() : [r.Previous];
        using var graph = r.World.CreateGraph(r.Rank == 0 ? [r.Previous, .. Enumerable.Range(0, r.Size)] : sources, [r.Next, 0]);
        var got = new int[graph.SourceCount];
        graph.NeighborAllGather<int>(new[] { r.Rank + 1 }, got);
        Array.Sort(got);
        r.Say("got", got);
    }
}
