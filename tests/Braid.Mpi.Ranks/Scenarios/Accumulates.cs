using System.Numerics;
using static Braid.Mpi.Ranks.RankContext;
using static Braid.Mpi.Ranks.Scenarios.Windows;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>One-sided operations that change what is there, each as one step.</summary>
internal static class Accumulates
{
    public static void AccumulateWithEveryOperation(RankContext r)
    {
        foreach (var (op, name) in new[]
        {
            (Op.Sum, "sum"), (Op.Product, "product"), (Op.Min, "min"), (Op.Max, "max"), (Op.BitwiseAnd, "and"), (Op.BitwiseOr, "or"),
            (Op.BitwiseXor, "xor"), (Op.And, "logical and"), (Op.Or, "logical or"), (Op.Xor, "logical xor"),
        })
        {
            using var window = Window.Allocate<int>(r.World, 2);
            window.Local.Fill(6);
            window.Fence();
            window.Accumulate(new[] { r.Rank + 2, 5 }, op, 0);
            window.Fence();
            r.Say(name, window.Local.ToArray());
        }
    }

    public static void AccumulateOfEveryType(RankContext r)
    {
        Sum<sbyte>(r);
        Sum<byte>(r);
        Sum<short>(r);
        Sum<ushort>(r);
        Sum<int>(r);
        Sum<uint>(r);
        Sum<long>(r);
        Sum<ulong>(r);
        Sum<float>(r);
        Sum<double>(r);
        Sum<Complex>(r);
    }

    public static void ReplaceAndNoOperation(RankContext r)
    {
        using var window = Window.Allocate<long>(r.World, 2);
        window.Local.Fill(r.Rank);
        window.Fence();
        window.Accumulate(new[] { 100L + r.Rank }, Op.Replace, r.Next);
        window.Fence();
        r.Say("replaced", window.Local.ToArray());
        var before = new long[2];
        window.GetAccumulate(new long[2], before, Op.None, r.Next);
        window.Fence();
        r.Say("read", before);
        r.Say("unchanged", window.Local.ToArray());
    }

    public static void GetAccumulateBringsWhatWasThere(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, 2);
        window.Local[0] = 10 * r.Rank;
        window.Fence();
        var before = new int[2];
        window.GetAccumulate(new[] { 1, 2 }, before, Op.Sum, r.Next);
        window.Fence();
        r.Say("before", before);
        r.Say("after", window.Local.ToArray());
    }

    public static void ACounterThatAllFetchAndAdd(RankContext r)
    {
        using var window = Window.Allocate<long>(r.World, 1);
        window.Fence(WindowAssertions.NoPrecede | WindowAssertions.NoSucceed);
        var mine = new List<long>();
        window.LockAll();
        for (var i = 0; i < 50; i++)
        {
            mine.Add(window.FetchAndOp(1, Op.Sum, 0));
        }
        window.UnlockAll();
        r.World.Barrier();
        Expect(mine.SequenceEqual(mine.Order()));
        var all = r.World.AllGather(mine.Sum());
        // Every ticket was drawn once.
        var tickets = 50L * r.Size;
        r.Say($"sum {all.Sum() == tickets * (tickets - 1) / 2}");
        window.Lock(0, WindowLock.Shared);
        r.Say($"counter {window.FetchAndOp(0, Op.None, 0)}");
        window.Unlock(0);
    }

    public static void CompareAndSwapLetsOneThrough(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, 1);
        window.Local[0] = -1;
        r.World.Barrier();
        window.Lock(0, WindowLock.Shared);
        var before = window.CompareAndSwap(r.Rank, -1, 0);
        window.Unlock(0);
        r.Say($"winners {r.World.AllReduce(before == -1 ? 1 : 0, Op.Sum)}");
        window.Lock(0, WindowLock.Shared);
        var winner = window.FetchAndOp(0, Op.None, 0);
        window.Unlock(0);
        r.Say($"agreed {r.World.AllReduce(winner, Op.Min) == r.World.AllReduce(winner, Op.Max)} {before == -1 == (winner == r.Rank)}");
        using var floats = Window.Allocate<double>(r.World, 1);
        floats.Lock(r.Rank);
        r.Say($"double {floats.CompareAndSwap(2.5, 0, r.Rank)} {floats.CompareAndSwap(9, 1, r.Rank)}");
        floats.Unlock(r.Rank);
        r.Say($"now {floats.Local[0]}");
    }

    public static void FourThreadsAtOnce(RankContext r)
    {
        using var window = Window.Allocate<long>(r.World, 1);
        window.LockAll();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                window.Accumulate(new[] { 1L }, Op.Sum, r.Next);
                GC.KeepAlive(new byte[20_000]);
                window.Flush(r.Next);
            }
        })).ToList();
        threads.ForEach(static t => t.Start());
        threads.ForEach(static t => t.Join());
        window.UnlockAll();
        r.World.Barrier();
        window.Lock(r.Rank, WindowLock.Shared);
        window.Sync();
        r.Say($"counted {window.Local[0]}");
        window.Unlock(r.Rank);
    }

    private static void Sum<T>(RankContext r) where T : unmanaged, INumberBase<T>
    {
        using var window = Over(r, new T[2]);
        window.Fence();
        window.Accumulate(new[] { T.CreateChecked(r.Rank + 1), T.One }, Op.Sum, 0);
        window.Fence();
        r.Say(typeof(T).Name, window.Local.ToArray());
    }
}
