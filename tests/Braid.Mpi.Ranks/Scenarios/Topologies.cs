using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Grids and graphs of ranks.</summary>
internal static class Topologies
{
    public static void AGridInThreeDimensionsThatWraps(RankContext r)
    {
        using var grid = r.World.CreateCartesian(CartesianCommunicator.Dimensions(r.Size, 3), [true, true, true], reorder: true)!;
        r.Say("shape", grid.Shape);
        r.Say("periodic", grid.Periodic);
        Expect(Enumerable.Range(0, grid.Size).All(rank => grid.GetRank(grid.GetCoordinates(rank)) == rank));
        // Three steps of a wrapping dimension of the length n are three modulo n.
        for (var dimension = 0; dimension < 3; dimension++)
        {
            var (source, destination) = grid.Shift(dimension, 3);
            r.Say($"{dimension}: {source} {destination}");
        }
        r.Say($"{grid.GetRank([-1, grid.Shape[1], 0]) == grid.GetRank([grid.Shape[0] - 1, 0, 0])}");
        r.Say($"{grid.SourceCount} {grid.DestinationCount} {r.World.CompareTo(grid)}");
    }

    public static void SlicesKeepTheirDimensions(RankContext r)
    {
        using var grid = r.World.CreateCartesian(CartesianCommunicator.Dimensions(r.Size, 2), [false, true])!;
        using var columns = grid.Slice(true, false);
        using var rows = grid.Slice(false, true);
        r.Say($"column {columns} of {columns.Shape[0]} {columns.Periodic[0]}; row {rows} of {rows.Shape[0]} {rows.Periodic[0]}");
        r.Say($"{columns.AllReduce(r.Rank, Op.Sum)} {rows.AllReduce(r.Rank, Op.Sum)}");
    }

    public static void DimensionsOfAGridAreBalancedAndFillIt(RankContext r)
    {
        for (var ranks = 1; ranks <= 64; ranks++)
        {
            for (var dimensions = 1; dimensions <= 4; dimensions++)
            {
                var shape = CartesianCommunicator.Dimensions(ranks, dimensions);
                Expect(shape.Length == dimensions && shape.Aggregate(1, static (a, b) => a * b) == ranks);
                Expect(shape.SequenceEqual(shape.OrderDescending()));
            }
        }
        r.Say("of 24 in 3", CartesianCommunicator.Dimensions(24, 3));
    }

    public static void AGridMayLeaveRanksOver(RankContext r)
    {
        using var grid = r.World.CreateCartesian([(r.Size + 1) / 2], [false]);
        r.Say(grid is null ? "left over" : $"{grid.Rank} of {grid.Size}, sum {grid.AllReduce(r.Rank, Op.Sum)}");
    }

    /// <summary>Beyond the edge of a grid is nobody: what would come from there stays as it was.</summary>
    public static void AnEdgeHasNoNeighbour(RankContext r)
    {
        using var line = r.World.CreateCartesian([r.Size], [false])!;
        var (left, right) = line.Shift(0);
        r.Say($"{(left == Mpi.ProcNull ? "edge" : left)} {(right == Mpi.ProcNull ? "edge" : right)}");
        var got = new[] { -1, -1 };
        line.NeighborAllGather<int>(new[] { r.Rank }, got);
        r.Say("gathered", got);
        int[] swapped = [-1, -1];
        line.NeighborAllToAll<int>(new[] { r.Rank * 10, (r.Rank * 10) + 1 }, swapped);
        r.Say("swapped", swapped);
    }

    /// <summary>In a ring of one or two ranks both sides are the same rank, and still each has its own block.</summary>
    public static void BothSidesOfASmallRingAreToldApart(RankContext r)
    {
        using var ring = r.World.CreateCartesian([r.Size], [true])!;
        int[] got = new int[2];
        ring.NeighborAllToAll<int>(new[] { r.Rank * 10, (r.Rank * 10) + 1 }, got);
        // What comes from the left is what that one sent to its right.
        Expect(got.SequenceEqual([(r.Previous * 10) + 1, r.Next * 10]));
        int[] started = new int[2], varying = new int[3], both = new int[3];
        ring.StartNeighborAllToAll<int>(new[] { r.Rank * 10, (r.Rank * 10) + 1 }, started).Wait();
        Expect(started.SequenceEqual(got));
        // Two to the left and one to the right.
        ring.NeighborAllToAllV<int>(new[] { r.Rank, r.Rank, r.Rank + 100 }, [2, 1], varying, [1, 2]);
        ring.StartNeighborAllToAllV<int>(new[] { r.Rank, r.Rank, r.Rank + 100 }, [2, 1], both, [1, 2]).Wait();
        Expect(varying.SequenceEqual([r.Previous + 100, r.Next, r.Next]) && both.SequenceEqual(varying));
        r.Say("right");
    }

    public static void SmallRingsInAGridAreToldApart(RankContext r)
    {
        int[] sent = [.. Enumerable.Range(0, 6).Select(side => (r.Rank * 10) + side)], ones = [1, 1, 1, 1, 1, 1], varying = [2, 1, 1, 1, 1, 2];
        // Of one rank along two dimensions; and all ranks along the last, of two where they are four.
        foreach (var (shape, periodic) in new (int[], bool[])[]
        {
            ([1, 1, r.Size], [true, true, false]), (r.Size == 4 ? [2, 1, 2] : [r.Size, 1, 1], [true, true, true]),
        })
        {
            using var grid = r.World.CreateCartesian(shape, periodic)!;
            int[][] got = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Repeat(-1, 6).ToArray())];
            grid.NeighborAllToAll<int>(sent, got[0]);
            grid.StartNeighborAllToAll<int>(sent, got[1]).Wait();
            grid.NeighborAllToAllV<int>(sent, ones, got[2], ones);
            grid.StartNeighborAllToAllV<int>(sent, ones, got[3], ones).Wait();
            Expect(got.All(other => other.SequenceEqual(got[0])));
            r.Say("got", got[0]);
            // What is one longer downwards in the first dimension is so from above.
            int[] more = [.. sent, 8, 9], longer = [.. Enumerable.Repeat(-1, 8)], started = [.. longer];
            grid.NeighborAllToAllV<int>(more, varying, longer, [1, 2, 1, 1, 2, 1]);
            grid.StartNeighborAllToAllV<int>(more, varying, started, [1, 2, 1, 1, 2, 1]).Wait();
            Expect(started.SequenceEqual(longer));
            r.Say("longer", longer);
        }
    }

    public static void AGraphMayLoopAndRepeatItself(RankContext r)
    {
        using var graph = r.World.CreateGraph([r.Rank, r.Previous, r.Previous], [r.Rank, r.Next, r.Next]);
        var got = new int[3];
        graph.NeighborAllGather<int>(new[] { r.Rank + 1 }, got);
        r.Say("gathered", got);
        Expect(got.SequenceEqual([r.Rank + 1, r.Previous + 1, r.Previous + 1]));
    }

    public static void WhatIsNoGridIsRefused(RankContext r)
    {
        using var grid = r.World.CreateCartesian([r.Size], [false])!;
        Expect(ErrorOf(() => r.World.CreateCartesian([r.Size + 1], [false])) != MpiErrorClass.Success);
        r.Say($"{ErrorOf(() => grid.GetCoordinates(r.Size))} {ErrorOf(() => grid.Shift(5))}");
        var refused = 0;
        foreach (var call in new Action[]
        {
            () => r.World.CreateCartesian([1, 1], [true]), () => grid.GetRank(0, 0), () => grid.Slice(true, true),
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

    public static async Task AGraphWithDifferentNumbersOfNeighbours(RankContext r)
    {
        // Everyone sends to all of a lower rank, so rank i hears from all of a higher one, in their order.
        var (sources, destinations) = (Enumerable.Range(r.Rank + 1, r.Size - r.Rank - 1).ToArray(), Enumerable.Range(0, r.Rank).ToArray());
        using var graph = r.World.CreateGraph(sources, destinations);
        Expect(graph.Sources.SequenceEqual(sources) && graph.Destinations.SequenceEqual(destinations));
        r.Say($"{graph.SourceCount} {graph.DestinationCount}");
        var got = new int[sources.Length];
        graph.NeighborAllGather<int>(new[] { r.Rank + 1 }, got);
        r.Say("gathered", got);
        graph.NeighborAllToAll<int>(destinations.Select(to => (r.Rank * 10) + to).ToArray(), got);
        r.Say("swapped", got);
        // Rank i sends i elements to each.
        var varying = new int[sources.Sum()];
        graph.NeighborAllGatherV<int>(Enumerable.Repeat(r.Rank, r.Rank).ToArray(), varying, sources);
        r.Say("varying", varying);
        var pairs = new int[sources.Length * (r.Rank + 1)];
        await graph.StartNeighborAllToAllV<int>(
            destinations.SelectMany(to => Enumerable.Repeat((r.Rank * 10) + to, to + 1)).ToArray(), [.. destinations.Select(to => to + 1)],
            pairs, [.. sources.Select(_ => r.Rank + 1)]);
        r.Say("pairs", pairs);
    }

    public static void ARankWithoutNeighbours(RankContext r)
    {
        using var graph = r.World.CreateGraph([], []);
        graph.NeighborAllGather<int>(new[] { 1 }, []);
        graph.NeighborAllToAll<int>([], []);
        r.Say($"{graph.SourceCount} {graph.DestinationCount} {graph.AllReduce(1, Op.Sum)}");
    }
}
