using System.Diagnostics;
using Braid.Serialization;
using Braid.Serialization.Compiling;

namespace Braid.Benchmarks;

/// <summary>The first payload of a process: types are inspected, code is emitted and compiled.</summary>
internal static class ColdStart
{
    public static void Run()
    {
        var closure = new Closure { A = 1, B = 2 };
        var subset = new FieldSubset(typeof(Closure), [.. typeof(Closure).GetFields().Select(static f => new FieldSubset.Entry(f))]);

        Time("nothing", static () => { });
        Time("first closure of two ints, written", () => Write(closure, subset));
        var payload = Write(closure, subset);
        Time("first closure of two ints, read", () => Read(payload, subset));
        Time("the same, written again", () => Write(closure, subset));

        var bytes = Array.Empty<byte>();
        Time("then a record of four fields, written", () => bytes = BraidSerializer.Serialize(new Order(1, "text", 2.5, [1, 2])));
        Time("then a record of four fields, read", () => BraidSerializer.Deserialize<Order>(bytes));
    }

    private static byte[] Write(Closure closure, FieldSubset subset)
    {
        var writer = new ObjectWriter();
        writer.WriteFields(closure, subset);
        return writer.WrittenSpan.ToArray();
    }

    private static void Read(byte[] payload, FieldSubset subset)
    {
        var reader = new ObjectReader();
        reader.Reset(payload);
        if (reader.ReadFields(subset) is not Closure { A: 1, B: 2 })
            throw new InvalidOperationException("It came back changed.");
    }

    private static void Time(string what, Action action)
    {
        var start = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        action();
        // Processor time says the same on a busy machine.
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Console.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalMilliseconds,8:f2} ms ({cpu.TotalMilliseconds,6:f2} of processor)  {what}");
    }

    private sealed class Closure
    {
        public int A;
        public int B;
    }

    private sealed record Order(int Id, string Name, double Price, List<int> Lines);
}
