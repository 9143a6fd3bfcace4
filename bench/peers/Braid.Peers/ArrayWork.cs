using System.Numerics;
using System.Runtime.InteropServices;

namespace Braid.Peers;

/// <summary>
/// An array of doubles, N MiB, is captured by one task, which adds it up: as <c>double[]</c> (<c>braid</c>), as
/// <see cref="ReadOnlyMemory{T}"/> (<c>braid-memory</c>); and the least that it can cost (<c>write</c>): those bytes written once to a
/// new file in shared memory.
/// </summary>
internal static class ArrayWork
{
    public static async Task RunAsync(Arguments arguments)
    {
        var mebibytes = arguments.CountOr(256);
        var numbers = new double[mebibytes * 131_072];
        Array.Fill(numbers, 1.0);
        if (arguments.System == "write")
        {
            await arguments.MeasureAsync(count => { Write(numbers.AsMemory(0, count * 131_072)); return Task.CompletedTask; }, mebibytes);
            return;
        }

        await using var cluster = await arguments.StartAsync();
        await arguments.MeasureAsync(
            async count =>
            {
                var length = count * 131_072;
                Arguments.Check(length == (arguments.System == "braid-memory"
                    ? await SumOf(cluster, numbers.AsMemory(0, length))
                    : await SumOf(cluster, length == numbers.Length ? numbers : numbers[..length])));
            },
            mebibytes);
    }

    private static ObjectRef<double> SumOf(Cluster cluster, ReadOnlyMemory<double> numbers) => cluster.Submit(() => Sum(numbers.Span));

    private static ObjectRef<double> SumOf(Cluster cluster, double[] numbers) => cluster.Submit(() => Sum(numbers));

    private static double Sum(ReadOnlySpan<double> numbers)
    {
        var sum = Vector<double>.Zero;
        foreach (var part in MemoryMarshal.Cast<double, Vector<double>>(numbers))
            sum += part;
        return Vector.Sum(sum);
    }

    private static void Write(ReadOnlyMemory<double> numbers)
    {
        var path = $"/dev/shm/braid-peers-{Environment.ProcessId}";
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        var bytes = MemoryMarshal.AsBytes(numbers.Span);
        const int part = 1 << 30;   // what one write takes at most is a little under 2 GiB
        for (var offset = 0; offset < bytes.Length; offset += part)
            RandomAccess.Write(file, bytes.Slice(offset, Math.Min(part, bytes.Length - offset)), offset);
    }
}
