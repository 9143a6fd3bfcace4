using System.Numerics;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>The collectives' other forms: in place with varying lengths, started among neighbours, of every type.</summary>
internal static class CollectiveVariants
{
    public static void VaryingLengthsInPlace(RankContext r)
    {
        var counts = Enumerable.Range(1, r.Size).ToArray();
        var starts = counts.Select((_, i) => i * (i + 1) / 2).ToArray();
        var own = Enumerable.Repeat(r.Rank + 5, r.Rank + 1).ToArray();
        var whole = new int[counts.Sum()];
        own.CopyTo(whole, starts[r.Rank]);
        var gathered = r.Rank == 0 ? (int[])whole.Clone() : own;
        r.World.GatherVInPlace(gathered.AsSpan(), r.Rank == 0 ? counts : []);
        r.Say("gathered", gathered);
        r.World.AllGatherVInPlace(whole.AsSpan(), counts);
        r.Say("all", whole);
        var part = r.Rank == r.Size - 1 ? whole : new int[r.Rank + 1];
        r.World.ScatterVInPlace(part.AsSpan(), r.Rank == r.Size - 1 ? counts : [], r.Size - 1);
        r.Say("scattered", part.Take(r.Rank + 1));
        // As much goes from i to j as from j to i.
        var pairs = Enumerable.Range(0, r.Size).Select(i => Math.Min(i, r.Rank) + 1).ToArray();
        var swap = Enumerable.Range(0, r.Size).SelectMany(to => Enumerable.Repeat((r.Rank * 10) + to, pairs[to])).ToArray();
        r.World.AllToAllVInPlace(swap.AsSpan(), pairs);
        r.Say("swapped", swap);
    }

    public static void ReductionsInPlace(RankContext r)
    {
        var blocks = Enumerable.Range(0, 2 * r.Size).Select(i => i + r.Rank).ToArray();
        r.World.ReduceScatterBlockInPlace(blocks.AsSpan(), Op.Sum);
        r.Say("block", blocks.Take(2));
        var counts = Enumerable.Range(1, r.Size).ToArray();
        var varying = Enumerable.Range(0, counts.Sum()).Select(i => i * (r.Rank + 1)).ToArray();
        r.World.ReduceScatterInPlace(varying.AsSpan(), counts, Op.Max);
        r.Say("varying", varying.Take(r.Rank + 1));
        var before = new[] { r.Rank + 1, 2 };
        r.World.ExclusiveScanInPlace(before.AsSpan(), Op.Sum);
        r.Say("exclusive", before);
    }

    public static async Task VaryingOnesAreStartedAndAwaited(RankContext r)
    {
        var counts = Enumerable.Range(1, r.Size).ToArray();
        var send = Enumerable.Range(0, counts.Sum()).Select(i => i * (r.Rank + 1)).ToArray();
        var block = new int[r.Rank + 1];
        await r.World.StartReduceScatter<int>(send, block, counts, Op.Sum);
        r.Say("reduced", block);
        var receiveCounts = Enumerable.Repeat(r.Rank + 1, r.Size).ToArray();
        var got = new int[receiveCounts.Sum()];
        await r.World.StartAllToAllV<int>(send, counts, got, receiveCounts);
        r.Say("swapped", got);
    }

    public static async Task NeighboursAreStartedAndAwaited(RankContext r)
    {
        using var grid = r.World.CreateCartesian([r.Size], [false])!;
        int[] all = [-1, -1], swapped = [-1, -1], varying = [-1, -1, -1, -1], pairs = [-1, -1, -1, -1];
        await grid.StartNeighborAllGather<int>(new[] { r.Rank }, all);
        await grid.StartNeighborAllToAll<int>(new[] { r.Rank * 10, (r.Rank * 10) + 1 }, swapped);
        await grid.StartNeighborAllGatherV<int>(new[] { r.Rank, 7 }, varying, [2, 2]);
        await grid.StartNeighborAllToAllV<int>(new[] { r.Rank, r.Rank + 20, r.Rank + 30 }, [1, 2], pairs, [2, 1]);
        r.Say("values", [.. all, .. swapped, .. varying, .. pairs]);
        int[] blockingV = [-1, -1, -1, -1];
        grid.NeighborAllGatherV<int>(new[] { r.Rank, 8 }, blockingV, [2, 2]);
        int[] blockingPairs = [-1, -1, -1];
        grid.NeighborAllToAllV<int>(new[] { r.Rank, r.Rank + 20, r.Rank + 30 }, [1, 2], blockingPairs, [2, 1]);
        r.Say("blocking", [.. blockingV, .. blockingPairs]);
    }

    public static void EveryTypeIsMoved(RankContext r)
    {
        Move<sbyte>(r);
        Move<byte>(r);
        Move<short>(r);
        Move<ushort>(r);
        Move<int>(r);
        Move<uint>(r);
        Move<long>(r);
        Move<ulong>(r);
        Move<float>(r);
        Move<double>(r);
        Move<char>(r);
        Move<nint>(r);
        Move<Int128>(r);
        Move<decimal>(r);
        Move<Half>(r);
        r.Say("complex", r.World.AllGather(new Complex(r.Rank, 0.5)).Select(z => z.Real + z.Imaginary));
        r.Say("bool", r.World.AllGather(r.Rank % 2 == 0));
        r.Say("enum", r.World.AllGather(r.Rank % 2 == 0 ? DayOfWeek.Monday : DayOfWeek.Friday));
        r.Say("date", r.World.AllGather(new DateTime(2026, 1, 1 + r.Rank)).Select(d => d.Day));
        r.Say("guid", r.World.AllGather(new Guid(r.Rank, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10])));
        r.Say("tuple", r.World.AllGather((r.Rank, (byte)3, 2.5)));
    }

    public static void EveryReductionWithEveryOperation(RankContext r)
    {
        foreach (var (op, name) in new[]
        {
            (Op.Sum, "sum"), (Op.Product, "product"), (Op.Min, "min"), (Op.Max, "max"), (Op.BitwiseAnd, "and"), (Op.BitwiseOr, "or"),
            (Op.BitwiseXor, "xor"), (Op.And, "logical and"), (Op.Or, "logical or"), (Op.Xor, "logical xor"),
        })
        {
            var own = Enumerable.Range(0, 2 * r.Size).Select(i => (long)((i * 3) + r.Rank + 1)).ToArray();
            var counts = Enumerable.Repeat(2, r.Size).ToArray();
            var (one, all, scan, before) = (new long[own.Length], new long[own.Length], new long[own.Length], new long[own.Length]);
            var (block, varying) = (new long[2], new long[2]);
            r.World.Reduce<long>(own, one, op, r.Size - 1);
            r.World.AllReduce<long>(own, all, op);
            r.World.Scan<long>(own, scan, op);
            r.World.ExclusiveScan<long>(own, before, op);
            r.World.ReduceScatterBlock<long>(own, block, op);
            r.World.ReduceScatter<long>(own, varying, counts, op);
            r.Say(name, [.. r.Rank == r.Size - 1 ? one : [], .. all, .. scan, .. before, .. block, .. varying]);
            var (again, started) = (new long[own.Length], new long[2]);
            Request.WaitAll(r.World.StartAllReduce<long>(own, again, op), r.World.StartReduceScatter<long>(own, started, counts, op));
            Expect(again.SequenceEqual(all) && started.SequenceEqual(varying));
            var inPlace = (long[])own.Clone();
            r.World.AllReduceInPlace(inPlace.AsSpan(), op);
            Expect(inPlace.SequenceEqual(all));
        }
    }

    public static async Task StartedOnesWithEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var value = new[] { r.Rank == root ? root + 50 : 0 };
            await r.World.StartBroadcast(value.AsMemory(), root);
            var all = new int[r.Rank == root ? r.Size : 0];
            await r.World.StartGather<int>(new[] { r.Rank * 2 }, all, root);
            var own = new int[1];
            await r.World.StartScatter<int>(all, own, root);
            var sum = new int[1];
            await r.World.StartReduce<int>(new[] { r.Rank }, sum, Op.Sum, root);
            r.Say($"{root}", [.. value, .. all, .. own, r.Rank == root ? sum[0] : 0]);
        }
    }

    public static void EmptyBuffersAreMoved(RankContext r)
    {
        r.World.Broadcast(Span<int>.Empty);
        r.World.AllReduce<double>([], [], Op.Sum);
        r.World.AllGather<long>([], []);
        r.World.AllToAll<int>([], []);
        r.World.Scan<int>([], [], Op.Max);
        r.World.AllGatherV<int>(r.Rank == 0 ? [1] : [], new int[1], Enumerable.Range(0, r.Size).Select(i => i == 0 ? 1 : 0).ToArray());
        r.Say("through");
    }

    private static void Move<T>(RankContext r) where T : unmanaged, INumberBase<T>
    {
        var own = T.CreateTruncating(r.Rank + 1);
        var all = r.World.AllGather(own);
        var gathered = r.World.Gather(own, r.Size - 1);
        var scattered = r.World.Scatter<T>(r.Rank == 0 ? all : []);
        var shared = r.World.BroadcastValue(own, r.Size - 1);
        var swapped = new T[r.Size];
        r.World.AllToAll<T>(Enumerable.Repeat(own, r.Size).ToArray(), swapped);
        r.Say(typeof(T).Name, [.. all, .. gathered, scattered, shared, .. swapped]);
    }
}
