using System.Diagnostics;
using System.Globalization;

namespace Braid.Peers;

/// <summary>What to measure.</summary>
internal sealed record Arguments(string System, int Workers, int? Count)
{
    public int CountOr(int standard) => Count ?? standard;

    /// <summary>The cluster of <see cref="System"/>.</summary>
    public Task<Cluster> StartAsync() => Cluster.StartAsync(System == "braid-inprocess"
        ? new() { Engine = Engine.InProcess, SlotsPerWorker = Workers }
        : new() { Workers = Workers });

    /// <summary>Times the work once it has been done as often as there are workers: what there is to warm is warm in each.</summary>
    public async Task MeasureAsync(Func<int, Task> work, int count)
    {
        for (var worker = 0; worker < Workers; worker++)
            await work(count);
        var watch = Stopwatch.StartNew();
        await work(count);
        Report(watch.Elapsed.TotalSeconds, count);
    }

    public static void Report(double seconds, int count, string more = "") =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"seconds": {{seconds:R}}, "count": {{count}}{{more}}}"""));

    public static void Check(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("The work gave a wrong result.");
    }
}
