using System.Diagnostics;
using Braid.Chaos;
using Braid.Examples.WordCount;

namespace Braid.Peers;

/// <summary>The works of the table, each the same as in the Python script of its name.</summary>
internal static class Works
{
    private static readonly double[] Sleeps = [1.5, 0.1, 1.4, 0.2, 1.0, 0.3, 0.9, 0.4, 0.8, 0.5, 0.7, 0.6, 0.6, 0.4, 0.3, 0.2];

    public static IReadOnlyDictionary<string, Func<Arguments, Task>> All { get; } = new Dictionary<string, Func<Arguments, Task>>
    {
        ["noop"] = NoopAsync,
        ["million"] = MillionAsync,
        ["roundtrip"] = RoundTripAsync,
        ["actor"] = ActorWork.RoundTripAsync,
        ["actorcalls"] = ActorWork.CallsAsync,
        ["map"] = MapAsync,
        ["bigarray"] = ArrayWork.RunAsync,
        ["chain"] = ChainAsync,
        ["references"] = ReferencesAsync,
        ["start"] = StartAsync,
        ["lock"] = CoordinationWork.LockAsync,
        ["queue"] = CoordinationWork.QueueAsync,
        ["recovery"] = RecoveryAsync,
        ["sleeps"] = SleepsAsync,
        ["wordcount"] = WordCountAsync,
    };

    private static async Task NoopAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        await arguments.MeasureAsync(count => NoopsAsync(cluster, count), arguments.CountOr(100_000));
    }

    // Without a warm run: all of a million are queued before the first is awaited, and the memory of this process is told too.
    private static async Task MillionAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        var count = arguments.CountOr(1_000_000);
        var watch = Stopwatch.StartNew();
        await NoopsAsync(cluster, count);
        using var process = Process.GetCurrentProcess();
        Arguments.Report(watch.Elapsed.TotalSeconds, count, $", \"peak_megabytes\": {process.PeakWorkingSet64 / 1_000_000}");
    }

    private static async Task NoopsAsync(Cluster cluster, int count)
    {
        var references = new ObjectRef[count];
        for (var i = 0; i < count; i++)
            references[i] = cluster.Submit(Noop);
        foreach (var reference in references)
            await reference;
    }

    private static async Task RoundTripAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        var count = arguments.CountOr(20_000);
        var seconds = new double[count];
        for (var i = -count; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await cluster.Submit(Noop);
            seconds[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        Arguments.Report(seconds[count / 2], count);
    }

    private static async Task MapAsync(Arguments arguments)
    {
        await using var pool = await ProcessPool.StartAsync(arguments.Workers);
        await arguments.MeasureAsync(
            async count =>
            {
                var squares = await pool.MapAsync(x => (long)x * x, Enumerable.Range(0, count));
                Arguments.Check(squares.Length == count && squares[^1] == (count - 1L) * (count - 1L));
            },
            arguments.CountOr(1_000_000));
    }

    private static async Task ChainAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        await arguments.MeasureAsync(
            async count =>
            {
                var last = cluster.Submit(() => 1);
                for (var i = 1; i < count; i++)
                {
                    var before = last;
                    last = cluster.Submit(() => before.Value + 1);
                }

                Arguments.Check(await last == count);
            },
            arguments.CountOr(10_000));
    }

    private static async Task ReferencesAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        var count = arguments.CountOr(10_000);
        var references = Enumerable.Range(0, count).Select(cluster.Put).ToArray();
        await SumAsync(cluster, references[..(count / 10)]);
        var watch = Stopwatch.StartNew();
        var sum = await SumAsync(cluster, references);
        Arguments.Report(watch.Elapsed.TotalSeconds, count);
        Arguments.Check(sum == count * (count - 1L) / 2);
    }

    private static ObjectRef<long> SumAsync(Cluster cluster, ObjectRef<int>[] references) =>
        cluster.Submit(() => references.Sum(reference => (long)reference.Value));

    private static async Task StartAsync(Arguments arguments)
    {
        var watch = Stopwatch.StartNew();
        await using var cluster = await arguments.StartAsync();
        await cluster.Submit(Noop);
        Arguments.Report(watch.Elapsed.TotalSeconds, 1);
    }

    // The same as tests/Braid.Chaos --recovery, which tells the worst round too.
    private static async Task RecoveryAsync(Arguments arguments)
    {
        var count = arguments.CountOr(10);
        var milliseconds = await Recovery.MeasureAsync(count);
        Arguments.Report(milliseconds[count / 2] / 1e3, count);
    }

    // The sixteen slots are eight in each of two processes, as in dask.
    private static async Task SleepsAsync(Arguments arguments)
    {
        var watch = Stopwatch.StartNew();
        await using var cluster = await Cluster.StartAsync(new() { Workers = arguments.Workers, SlotsPerWorker = 16 / arguments.Workers });
        await Cluster.WhenAll(Sleeps.Select(seconds => cluster.Submit(() => Thread.Sleep(TimeSpan.FromSeconds(seconds)))));
        Arguments.Report(watch.Elapsed.TotalSeconds, Sleeps.Length);
    }

    private static async Task WordCountAsync(Arguments arguments)
    {
        var files = Console.In.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var watch = Stopwatch.StartNew();
        var starting = arguments.StartAsync();
        var blocks = Corpus.Blocks(files).ToArray();
        await using var cluster = await starting;
        var words = await ClusterCount.CountAsync(cluster, blocks, _ => { });
        var seconds = watch.Elapsed.TotalSeconds;
        Arguments.Report(seconds, 0, $", \"words\": {words.Words}, \"distinct\": {words.Distinct}, \"top\": \"{words.Top(1).First().Word}\"");
    }

    private static void Noop()
    {
    }
}
