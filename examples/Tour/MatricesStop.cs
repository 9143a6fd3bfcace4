using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Braid.Examples.Tour;

/// <summary>
/// Four matrices are made by tasks, pairs are multiplied, the products added. Only references pass through this program; the 8 MB of each
/// matrix lie in shared memory, where the tasks that need them read them without a copy.
/// </summary>
internal static class MatricesStop
{
    private const int Size = 1000;

    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var watch = Stopwatch.StartNew();
        var a = cluster.Submit(() => Create(1));
        var b = cluster.Submit(() => Create(2));
        var c = cluster.Submit(() => Create(3));
        var d = cluster.Submit(() => Create(4));
        var ab = cluster.Submit(() => Multiply(a.Value, b.Value));
        var cd = cluster.Submit(() => Multiply(c.Value, d.Value));
        var sum = cluster.Submit(() => Add(ab.Value, cd.Value));
        var cells = await sum;
        Console.WriteLine($"{Size}×{Size}: first {cells.Span[0]:F0}, last {cells.Span[^1]:F0}, trace {Trace(cells):F0}");
        Console.WriteLine($"seven tasks in {watch.Elapsed.TotalSeconds:F2} s");
    }

    // Cell (row, column) is (row + column) mod (seed + 1): small whole numbers, so that the products are exact.
    private static ReadOnlyMemory<double> Create(int seed)
    {
        var cells = new double[Size * Size];
        for (var i = 0; i < cells.Length; i++)
            cells[i] = (i / Size + i % Size) % (seed + 1);
        return cells;
    }

    private static ReadOnlyMemory<double> Multiply(ReadOnlyMemory<double> left, ReadOnlyMemory<double> right)
    {
        var product = new double[Size * Size];
        for (var row = 0; row < Size; row++)
        {
            var target = MemoryMarshal.Cast<double, Vector<double>>(product.AsSpan(row * Size, Size));
            for (var k = 0; k < Size; k++)
            {
                var factor = new Vector<double>(left.Span[row * Size + k]);
                var source = MemoryMarshal.Cast<double, Vector<double>>(right.Span.Slice(k * Size, Size));
                for (var column = 0; column < target.Length; column++)
                    target[column] += factor * source[column];
            }
        }

        return product;
    }

    private static ReadOnlyMemory<double> Add(ReadOnlyMemory<double> left, ReadOnlyMemory<double> right)
    {
        var sum = new double[Size * Size];
        for (var i = 0; i < sum.Length; i++)
            sum[i] = left.Span[i] + right.Span[i];
        return sum;
    }

    private static double Trace(ReadOnlyMemory<double> cells) => Enumerable.Range(0, Size).Sum(i => cells.Span[i * Size + i]);
}
