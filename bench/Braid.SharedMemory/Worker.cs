using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Braid.Objects;

namespace Braid.SharedMemory;

/// <summary>The other process: reads a line that names a buffer, sums it as an array or through a mapping, answers with the sum.</summary>
internal static unsafe class Worker
{
    public static int Run(string memory, string spill)
    {
        using var store = SegmentStore.Open(memory, spill, 1);
        while (Console.ReadLine() is { } line)
        {
            var parts = line.Split(' ');
            var numbers = parts[1..].Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            var buffer = new BufferRef(new SegmentId((ulong)numbers[0]), numbers[1], numbers[2]);
            var sum = parts[0] == "array" ? SumAsArray(store, buffer) : SumMapped(store, buffer);
            Console.WriteLine(sum.ToString("R", CultureInfo.InvariantCulture));
        }

        return 0;
    }

    private static double SumAsArray(SegmentStore store, BufferRef buffer)
    {
        var array = GC.AllocateUninitializedArray<double>((int)(buffer.Length / sizeof(double)));
        store.Read(buffer, ref MemoryMarshal.AsBytes(array.AsSpan())[0]);
        return Sum(array);
    }

    private static double SumMapped(SegmentStore store, BufferRef buffer)
    {
        var mapping = store.Map(buffer);
        var sum = Sum(new ReadOnlySpan<double>(mapping.Pointer, (int)(mapping.Length / sizeof(double))));
        GC.KeepAlive(mapping);
        return sum;
    }

    internal static double Sum(ReadOnlySpan<double> values)
    {
        var sums = Vector<double>.Zero;
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(values);
        foreach (ref readonly var vector in vectors)
            sums += vector;
        return Vector.Sum(sums);
    }
}
