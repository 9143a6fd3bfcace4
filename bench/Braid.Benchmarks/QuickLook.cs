using System.Diagnostics;
using Braid.Serialization;

namespace Braid.Benchmarks;

/// <summary>The best of many short runs: rough, but of use on a machine that is busy with other work.</summary>
internal static class QuickLook
{
    public static void Run()
    {
        var suite = new SerializerBenchmarks();
        foreach (var kind in Enum.GetValues<SerializerBenchmarks.Kind>())
        {
            suite.Value = kind;
            suite.Setup();
            Console.WriteLine($"{kind,-16} write {Best(suite.BraidWrite),10:f0} ns (json {Best(suite.JsonWrite),10:f0})   read {Best(suite.BraidRead),10:f0} ns (json {Best(suite.JsonRead),10:f0})");
        }

        var writer = new ObjectWriter();
        var reader = new ObjectReader();
        var point = new Point(1, 2);
        Console.WriteLine($"small record on a kept writer {Best(() => { writer.Reset(); writer.Write(point); }):f0} ns");
        Console.WriteLine($"small record on a kept reader {Best(() => { reader.Reset(writer.WrittenMemory); reader.Read<Point>(); }):f0} ns");
        Console.WriteLine($"int on a kept writer {Best(() => { writer.Reset(); writer.Write(5); }):f0} ns");
    }

    private static double Best(Action action)
    {
        // Enough calls and some time for the JIT to compile its best code.
        Time(action, 200);
        Thread.Sleep(200);
        var calls = 1;
        while (Time(action, calls) < 1_000_000)
            calls *= 2;
        var best = double.MaxValue;
        for (var run = 0; run < 100; run++)
            best = Math.Min(best, Time(action, calls) / calls);
        return best;
    }

    private static double Time(Action action, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            action();
        return (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency);
    }

    private sealed record Point(int X, int Y);
}
