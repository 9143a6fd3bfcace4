using System.Diagnostics;
using System.Globalization;
using Braid.Scheduling;

// What one task costs in the scheduler, and in the worker's state machine, without any shell around them: the median of seven rounds.
// dotnet run -c Release --project bench/Braid.SchedulerBench

Measure("submit, assign, complete; queue full, 2 workers", 200_000, count => Loop.Steady(count, workers: 2));
Measure("the same with 64 workers", 200_000, count => Loop.Steady(count, workers: 64));
Measure("one at a time, 2 workers", 200_000, count => Loop.OneByOne(count, workers: 2));
Measure("the same through the worker's machine as well", 200_000, count => Loop.WithMachine(count));
Measure("1,000,000 queued, then all run", 1_000_000, count => Loop.QueuedFirst(count));
Measure("a chain of 10,000", 10_000, count => Loop.Chain(count));
Measure("one task on 10,000", 10_000, count => Loop.FanIn(count));
Measure("10,000 tasks on one", 10_000, count => Loop.FanOut(count));
Measure("three priorities, two kinds of needs", 200_000, count => Loop.Mixed(count));

static void Measure(string name, int count, Action<int> work)
{
    work(Math.Min(count, 100_000));
    var rounds = new double[7];
    var bytes = 0L;
    for (var i = 0; i < rounds.Length; i++)
    {
        GC.Collect();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.GetTimestamp();
        work(count);
        rounds[i] = Stopwatch.GetElapsedTime(watch).TotalNanoseconds / count;
        bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / count;
    }
    Array.Sort(rounds);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-52} {rounds[3],7:0} ns a task {bytes,5} B a task (best {rounds[0]:0})"));
}
