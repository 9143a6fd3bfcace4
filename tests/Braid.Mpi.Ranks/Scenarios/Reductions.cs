using System.Numerics;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Operations of all ranks together that combine data.</summary>
internal static class Reductions
{
    private struct Matrix
    {
        public long A, B, C, D;
    }

    private readonly record struct Affine(long A, long B);

    public static void EveryOperationOnEveryIntegerType(RankContext r)
    {
        Integers<sbyte>(r);
        Integers<byte>(r);
        Integers<short>(r);
        Integers<ushort>(r);
        Integers<int>(r);
        Integers<uint>(r);
        Integers<long>(r);
        Integers<ulong>(r);
    }

    public static void SumProductMinMaxOfFloats(RankContext r)
    {
        Floats<float>(r);
        Floats<double>(r);
        var z = r.World.AllReduce(new Complex(r.Rank, 1), Op.Sum);
        r.Say($"complex {z.Real} {z.Imaginary}");
        var p = r.World.AllReduce(new Complex(0, 1), Op.Product);
        r.Say($"complex product {p.Real} {p.Imaginary}");
    }

    public static void LogicalOnBool(RankContext r)
    {
        var first = r.Rank == 0;
        r.Say($"{r.World.AllReduce(first, Op.And)} {r.World.AllReduce(first, Op.Or)} {r.World.AllReduce(first, Op.Xor)}");
    }

    public static void MinAndMaxWithTheirPlace(RankContext r)
    {
        Locate<double>(r);
        Locate<float>(r);
        Locate<long>(r);
        Locate<int>(r);
        Locate<short>(r);
    }

    public static void ReduceToEveryRoot(RankContext r)
    {
        for (var root = 0; root < r.Size; root++)
        {
            var got = new int[2];
            r.World.Reduce<int>(new[] { r.Rank, 1 }, got, Op.Sum, root);
            r.Say($"{root}", r.Rank == root ? got : []);
            int[] both = [r.Rank, 1];
            r.World.ReduceInPlace(both.AsSpan(), Op.Sum, root);
            r.Say($"{root} in place", r.Rank == root ? both : []);
        }
        var value = r.World.Reduce(r.Rank + 1, Op.Product);
        r.Say($"value {(r.Rank == 0 ? value : 0)}");
    }

    public static void LongVectorsAreReducedWhole(RankContext r)
    {
        foreach (var length in new[] { 1, 1000, 4097, 40_000 })
        {
            var values = new double[length];
            for (var i = 0; i < length; i++)
            {
                values[i] = i + r.Rank;
            }
            var sums = new double[length];
            r.World.AllReduce<double>(values, sums, Op.Sum);
            r.World.AllReduceInPlace(values.AsSpan(), Op.Sum);
            var right = true;
            for (var i = 0; i < length; i++)
            {
                right &= sums[i] == ((double)i * r.Size) + (r.Size * (r.Size - 1) / 2) && values[i] == sums[i];
            }
            r.Say($"{length} {right}");
        }
    }

    public static void BlocksOfTheResultAreScattered(RankContext r)
    {
        var send = Enumerable.Range(0, 2 * r.Size).Select(i => i + r.Rank).ToArray();
        var got = new int[2];
        r.World.ReduceScatterBlock<int>(send, got, Op.Sum);
        r.Say("block", got);
        var counts = Enumerable.Range(1, r.Size).ToArray();
        send = Enumerable.Range(0, counts.Sum()).Select(i => i * (r.Rank + 1)).ToArray();
        got = new int[r.Rank + 1];
        r.World.ReduceScatter<int>(send, got, counts, Op.Sum);
        r.Say("varying", got);
    }

    public static void ScanAndExclusiveScan(RankContext r)
    {
        r.Say($"{r.World.Scan(r.Rank + 1, Op.Sum)} {r.World.ExclusiveScan(r.Rank + 1, Op.Sum, -7)}");
        var got = new long[] { -1, -1 };
        r.World.Scan<long>(new long[] { r.Rank, 2 }, got, Op.Sum);
        r.Say("scan", got);
        long[] both = [r.Rank, 2];
        r.World.ScanInPlace(both.AsSpan(), Op.Max);
        r.Say("in place", both);
        got = [-1, -1];
        r.World.ExclusiveScan<long>(new long[] { r.Rank, 2 }, got, Op.Sum);
        r.Say("exclusive", got);
    }

    public static void AnOperationOfOnesOwn(RankContext r)
    {
        using var gcd = Op.Create<long>(static (a, b) => (long)BigInteger.GreatestCommonDivisor(a, b));
        r.Say($"gcd {r.World.AllReduce((r.Rank + 1) * 12L, gcd)}");
        using var largest = Op.Create<double>(static (input, inout) =>
        {
            for (var i = 0; i < inout.Length; i++)
            {
                inout[i] = Math.Max(Math.Abs(input[i]), Math.Abs(inout[i]));
            }
        });
        var got = new double[3];
        r.World.AllReduce<double>(new double[] { -r.Rank, r.Rank, 0.5 }, got, largest);
        r.Say("largest", got);
    }

    public static void ManyOperationsOfOnesOwnLiveAtOnce(RankContext r)
    {
        var ops = Enumerable.Range(0, 40).Select(i => Op.Create<int>((a, b) => a + b + i)).ToArray();
        r.Say("sums", ops.Select(op => r.World.AllReduce(1, op)));
        foreach (var op in ops)
        {
            op.Dispose();
        }
    }

    public static void ANonCommutativeOperationKeepsTheOrder(RankContext r)
    {
        // Products of matrices of a struct type: a datatype of its own, and an order that shows.
        using var product = Op.Create<Matrix>(
            static (x, y) => new()
            {
                A = (x.A * y.A) + (x.B * y.C), B = (x.A * y.B) + (x.B * y.D), C = (x.C * y.A) + (x.D * y.C), D = (x.C * y.B) + (x.D * y.D),
            },
            commutative: false);
        var own = new Matrix { A = 1, B = r.Rank + 1, C = r.Rank, D = 1 };
        var all = r.World.AllReduce(own, product);
        r.Say($"{all.A} {all.B} {all.C} {all.D}");
        var scan = r.World.Scan(own, product);
        r.Say($"{scan.A} {scan.B} {scan.C} {scan.D}");
        var reduced = r.World.Reduce(own, product, r.Size - 1);
        r.Say(r.Rank == r.Size - 1 ? $"{reduced.A} {reduced.B} {reduced.C} {reduced.D}" : "");
    }

    public static async Task AnOrderThatCountsInEveryReduction(RankContext r)
    {
        // Of maps x -> A x + B, one after the other: which comes first shows.
        using var after = Op.Create<Affine>(static (f, g) => new(f.A * g.A, (f.B * g.A) + g.B), commutative: false);
        var own = Enumerable.Range(0, 2 * r.Size).Select(i => new Affine(i + 2, r.Rank + 1)).ToArray();
        var counts = Enumerable.Range(0, r.Size).Select(i => i == 0 ? r.Size + 1 : 1).ToArray();
        var (one, all, scan, before) = (new Affine[own.Length], new Affine[own.Length], new Affine[own.Length], new Affine[own.Length]);
        var (block, varying, started) = (new Affine[2], new Affine[counts[r.Rank]], new Affine[own.Length]);
        r.World.Reduce<Affine>(own, one, after, r.Size - 1);
        r.World.AllReduce<Affine>(own, all, after);
        r.World.Scan<Affine>(own, scan, after);
        r.World.ExclusiveScan<Affine>(own, before, after);
        r.World.ReduceScatterBlock<Affine>(own, block, after);
        r.World.ReduceScatter<Affine>(own, varying, counts, after);
        await r.World.StartAllReduce<Affine>(own, started, after);
        Expect(started.SequenceEqual(all) && (r.Rank != r.Size - 1 || (one.SequenceEqual(all) && scan.SequenceEqual(all))));
        var inPlace = (Affine[])own.Clone();
        r.World.AllReduceInPlace(inPlace.AsSpan(), after);
        Expect(inPlace.SequenceEqual(all) && block.SequenceEqual(all.AsSpan(2 * r.Rank, 2).ToArray()));
        r.Say("all", all.Select(f => $"{f.A}x+{f.B}"));
        r.Say("scan", [.. scan.Take(2), .. r.Rank == 0 ? [] : before.Take(2), .. varying.Take(1)]);
    }

    public static void AnExceptionInAnOperationComesBack(RankContext r)
    {
        using var failing = Op.Create<int>(static (_, _) => throw new FormatException("of the user"));
        var caught = false;
        try
        {
            r.World.AllReduce(1, failing);
        }
        catch (FormatException)
        {
            caught = true;
        }
        // Which ranks combine is the MPI's choice; one does when there are two.
        var any = r.World.AllReduce(caught, Op.Or);
        r.Say($"caught {any}");
    }

    public static async Task NonBlockingOnesAreAwaited(RankContext r)
    {
        var (all, one, block, scan, exclusive) = (new int[1], new int[1], new int[1], new int[1], new int[] { 0 });
        await r.World.StartAllReduce<int>(new[] { r.Rank + 1 }, all, Op.Sum);
        await r.World.StartReduce<int>(new[] { r.Rank + 1 }, one, Op.Max);
        await r.World.StartReduceScatterBlock<int>(Enumerable.Range(0, r.Size).ToArray(), block, Op.Sum);
        await r.World.StartScan<int>(new[] { r.Rank + 1 }, scan, Op.Sum);
        await r.World.StartExclusiveScan<int>(new[] { r.Rank + 1 }, exclusive, Op.Sum);
        r.Say("results", [all[0], r.Rank == 0 ? one[0] : 0, block[0], scan[0], r.Rank == 0 ? 0 : exclusive[0]]);
    }

    public static void AnOperationOfAnotherTypeIsRefused(RankContext r)
    {
        using var op = Op.Create<int>(static (a, b) => a + b);
        try
        {
            r.World.AllReduce(1.0, op);
            r.Say("accepted");
        }
        catch (ArgumentException e)
        {
            r.Say(e.Message);
        }
    }

    private static void Integers<T>(RankContext r) where T : unmanaged, IBinaryInteger<T>
    {
        var own = T.CreateChecked(r.Rank + 2);
        Op[] ops = [Op.Sum, Op.Product, Op.Min, Op.Max, Op.BitwiseAnd, Op.BitwiseOr, Op.BitwiseXor, Op.And, Op.Or, Op.Xor];
        r.Say(typeof(T).Name, ops.Select(op => r.World.AllReduce(own, op)));
    }

    private static void Floats<T>(RankContext r) where T : unmanaged, INumber<T>
    {
        var own = T.CreateChecked(r.Rank + 0.5);
        Op[] ops = [Op.Sum, Op.Product, Op.Min, Op.Max];
        r.Say(typeof(T).Name, ops.Select(op => r.World.AllReduce(own, op)));
    }

    private static void Locate<T>(RankContext r) where T : unmanaged, INumber<T>
    {
        var own = new Located<T>(T.CreateChecked(Math.Abs(r.Rank - 2)), r.Rank);
        var (min, max) = (r.World.AllReduce(own, Op.MinLoc), r.World.AllReduce(own, Op.MaxLoc));
        r.Say($"{typeof(T).Name} {min.Value} at {min.Location}, {max.Value} at {max.Location}");
    }
}
