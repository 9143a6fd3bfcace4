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
