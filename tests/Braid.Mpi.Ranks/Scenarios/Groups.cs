using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Ordered sets of processes.</summary>
internal static class Groups
{
    public static void TheOrderCounts(RankContext r)
    {
        using var all = r.World.Group;
        using var backwards = all.IncludeRange(r.Size - 1, 0, -1);
        r.Say($"{backwards.Size} {backwards.Rank} {all.CompareTo(backwards)}");
        r.Say("backwards", all.TranslateRanks([.. Enumerable.Range(0, r.Size)], backwards));
        using var comm = r.World.Create(backwards, 6);
        r.Say($"{comm} {r.World.CompareTo(comm)}");
        r.Say("members", comm.AllGather(r.Rank));
    }

    public static void NobodyIsAGroup(RankContext r)
    {
        using var all = r.World.Group;
        using var nobody = all.Include();
        using var nobodyEither = all.ExcludeRange(0, r.Size - 1);
        using var union = nobody.Union(all);
        using var both = nobody.Intersect(all);
        using var less = all.Except(all);
        r.Say("sizes", [nobody.Size, nobodyEither.Size, union.Size, both.Size, less.Size]);
        r.Say($"{nobody.Rank == Mpi.Undefined} {nobody.CompareTo(nobodyEither)} {union.CompareTo(all)} {nobody.CompareTo(all)}");
        r.Say($"{all.TranslateRanks([], nobody).Length} {all.TranslateRanks([0], nobody)[0] == Mpi.Undefined}");
    }

    public static void UnionsKeepTheFirstOnesOrder(RankContext r)
    {
        using var all = r.World.Group;
        using var last = all.Include(r.Size - 1);
        using var union = last.Union(all);
        using var swapped = all.Union(last);
        using var both = all.Intersect(last);
        r.Say("union", union.TranslateRanks([.. Enumerable.Range(0, r.Size)], all));
        r.Say($"{swapped.CompareTo(all)} {both.CompareTo(last)} {union.CompareTo(all)}");
    }

    public static void RangesTakeEveryNth(RankContext r)
    {
        using var all = r.World.Group;
        using var even = all.IncludeRange(0, r.Size - 1, 2);
        using var odd = all.ExcludeRange(0, r.Size - 1, 2);
        r.Say("sizes", [even.Size, odd.Size]);
        r.Say("ranks", [even.Rank == Mpi.Undefined ? -1 : even.Rank, odd.Rank == Mpi.Undefined ? -1 : odd.Rank]);
    }

    public static void ARankThatIsNotThereIsAnError(RankContext r)
    {
        using var all = r.World.Group;
        r.Say($"{ErrorOf(() => all.Include(r.Size))} {ErrorOf(() => all.Exclude(-1))} {ErrorOf(() => all.Include(0, 0))}");
        r.Say($"{ErrorOf(() => all.TranslateRanks([r.Size], all))}");
    }

    public static void AFreedGroupIsRefused(RankContext r)
    {
        var group = r.World.Group;
        group.Dispose();
        group.Dispose();
        try
        {
            _ = group.Size;
        }
        catch (ObjectDisposedException)
        {
            r.Say("freed");
        }
    }

    public static void OfAWindowOfThisRankAndOfAGrid(RankContext r)
    {
        using var all = r.World.Group;
        using var alone = Mpi.Self.Group;
        using var grid = r.World.CreateCartesian([r.Size], [true])!;
        using var ofGrid = grid.Group;
        r.Say($"{alone.Size} {alone.Rank} {alone.TranslateRanks([0], all)[0]} {ofGrid.CompareTo(all)}");
    }
}
