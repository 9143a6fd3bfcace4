using System.Runtime.InteropServices;

namespace Braid.Chaos;

/// <summary>Does something to some worker every 200 ms on average, as the seed says: kills it, stops it for a while, or lets it end from inside.</summary>
internal sealed partial class Killer(Cluster cluster, int seed)
{
    private const int Kill = 9, Continue = 18, Stop = 19;
    private const double MeanMs = 200;

    private static readonly TaskOptions Once = new() { Retries = 0 };

    private readonly Random _random = new(seed);
    private int _killed;
    private int _stopped;
    private int _exited;

    public string Describe() => $"{_killed} killed, {_stopped} stopped, {_exited} ended from inside";

    public async Task RunAsync(CancellationToken over)
    {
        var underWay = new List<Task>();
        while (!over.IsCancellationRequested)
        {
            // Waiting times of a Poisson process: no rhythm that anything could fall in with.
            var wait = -Math.Log(1 - _random.NextDouble()) * MeanMs;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(wait, 2_000)), CancellationToken.None);
            var (what, which, howLong) = (_random.Next(10), _random.Next(), _random.Next(1_500));
            if (cluster.Describe().Workers is not { Count: > 0 } workers)
                continue;
            var process = workers[which % workers.Count].ProcessId;
            switch (what)
            {
                case < 6:
                    _killed += Signal(process, Kill) == 0 ? 1 : 0;
                    break;
                case < 8:
                    _stopped += Signal(process, Stop) == 0 ? 1 : 0;
                    underWay.Add(ContinueAsync(process, howLong));
                    break;
                default:
                    _exited++;
                    underWay.Add(EndFromInsideAsync(what == 8));
                    break;
            }
        }

        // Those that wait for a worker to end from inside are tasks like any other, and there are none when the run is checked.
        await Task.WhenAll(underWay);
    }

    /// <summary>Some go on in time, others are taken for hung before.</summary>
    private static async Task ContinueAsync(int process, int ms)
    {
        await Task.Delay(ms);
        _ = Signal(process, Continue);
    }

    private async Task EndFromInsideAsync(bool gently)
    {
        try
        {
            await cluster.Submit(() => Environment.Exit(gently ? 0 : 3), Once);
        }
        catch (WorkerLostException)
        {
            // That is what it was for.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
