using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Braid.Tests.Diagnostics;

public class TelemetryTests
{
    [Fact]
    public async Task A_task_is_a_span_from_its_submitting_to_its_end_and_its_run_is_a_child_of_it()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Braid",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var cluster = await Cluster.StartAsync(new() { Engine = Engine.InProcess });
        var name = $"traced {Guid.NewGuid()}";
        await cluster.Submit(() => 1, new() { Name = name });

        await Until(() => stopped.Count(activity => activity.DisplayName == name) == 2);
        var task = stopped.Single(activity => activity.DisplayName == name && activity.OperationName == "braid.task");
        var run = stopped.Single(activity => activity.DisplayName == name && activity.OperationName == "braid.run");
        Assert.Equal(task.SpanId, run.ParentSpanId);
        Assert.Equal(task.TraceId, run.TraceId);
    }

    [Fact]
    public async Task A_trace_goes_on_in_the_worker_process()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Braid",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var cluster = await Cluster.StartAsync(new() { Workers = 1, WorkerInitializer = ListenInWorker });
        using var parent = new Activity("test").Start();
        var trace = await cluster.Submit(() => Activity.Current?.TraceId.ToString());
        Assert.Equal(parent.TraceId.ToString(), trace);
    }

    [Fact]
    public async Task A_span_of_a_failed_task_has_the_error()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Braid",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var cluster = await Cluster.StartAsync(new() { Engine = Engine.InProcess });
        var name = $"failing {Guid.NewGuid()}";
        await Assert.ThrowsAsync<FormatException>(() => cluster.Submit(new Func<int>(() => throw new FormatException("broken")), new() { Name = name }).AsTask());
        await Until(() => stopped.Any(activity => activity.DisplayName == name && activity.OperationName == "braid.task"));
        var task = stopped.Single(activity => activity.DisplayName == name && activity.OperationName == "braid.task");
        Assert.Equal(ActivityStatusCode.Error, task.Status);
        Assert.Equal("broken", task.StatusDescription);
    }

    [Fact]
    public async Task Tasks_are_counted_by_their_outcome()
    {
        var ended = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Braid" && instrument.Name == "braid.tasks.ended")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "outcome")
                    ended.AddOrUpdate((string)tag.Value!, count, (_, old) => old + count);
            }
        });
        listener.Start();
        await using var cluster = await Cluster.StartAsync(new() { Engine = Engine.InProcess });
        await cluster.Submit(() => 1);
        await Assert.ThrowsAsync<FormatException>(() => cluster.Submit(new Func<int>(() => throw new FormatException())).AsTask());
        // Other tests of this process may count as well, so these are lower bounds.
        await Until(() => ended.GetValueOrDefault("ready") >= 1 && ended.GetValueOrDefault("failed") >= 1);
    }

    private static void ListenInWorker() => ActivitySource.AddActivityListener(new ActivityListener
    {
        ShouldListenTo = source => source.Name == "Braid",
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
    });

    private static async Task Until(Func<bool> condition)
    {
        var deadline = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(60), "the condition did not come true within 60 s");
            await Task.Yield();
        }
    }
}
