using System.Diagnostics;
using System.Globalization;

namespace Braid.Chaos;

/// <summary>How long after the kill of its worker the result of a task is there, made by another one.</summary>
internal static class Recovery
{
    public static async Task<int> RunAsync(int rounds)
    {
        var times = await MeasureAsync(rounds);
        Console.WriteLine(FormattableString.Invariant($"SIGKILL to retried result, {rounds} rounds: median {times[times.Count / 2]:0.0} ms, worst {times[^1]:0.0} ms"));
        return 0;
    }

    /// <summary>Milliseconds from the kill to the result, in order.</summary>
    public static async Task<List<double>> MeasureAsync(int rounds)
    {
        await using var cluster = await Cluster.StartAsync(new ClusterOptions { Workers = 2, Output = static _ => { } });
        var times = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var mark = Path.Combine(Path.GetTempPath(), $"braid-recovery-{Environment.ProcessId}-{round}");
            var task = cluster.Submit(() =>
            {
                // The first attempt says where it runs, and waits to be killed.
                if (File.Exists(mark))
                    return true;
                File.WriteAllText(mark + ".new", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                File.Move(mark + ".new", mark);
                Thread.Sleep(Timeout.Infinite);
                return false;
            });
            while (!File.Exists(mark) || cluster.Describe().Workers.Count < 2)
                await Task.Delay(1);
            using var victim = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(mark), CultureInfo.InvariantCulture));
            var killed = Stopwatch.GetTimestamp();
            victim.Kill();
            await task;
            times.Add(Stopwatch.GetElapsedTime(killed).TotalMilliseconds);
            File.Delete(mark);
        }

        times.Sort();
        return times;
    }
}
