using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Interop;

/// <summary>What monitors see: events as Python's workers send them, traces across both sides, measures.</summary>
public sealed class ObservabilityTests
{
    [Fact]
    public async Task Events_have_the_fields_of_Pythons_one_by_one()
    {
        var queue = Brokers.NewQueue();
        var pythonQueue = Brokers.NewQueue();
        await using var app = new CeleryApp("events", Brokers.Url(Brokers.Redis), Brokers.Backend, new() { DefaultQueue = queue });
        app.Task("py.add", (int x, int y) => x + y);
        app.Task("py.fail", (string text) => throw new TaskException("ValueError", "builtins", text));
        var events = new ConcurrentQueue<Dictionary<string, object?>>();
        await using var subscription = await app.Broker.SubscribeAsync(new()
        {
            Exchange = "celeryev", ExchangeType = "topic", ExchangeDurable = true, Queue = "celeryev." + Guid.NewGuid(), RoutingKey = "#",
            QueueExpires = TimeSpan.FromSeconds(60), MessageTtl = TimeSpan.FromSeconds(5),
        }, message =>
        {
            var body = PlainValue.Parse(message.Body.Span);
            foreach (var e in body as List<object?> ?? [body]) events.Enqueue((Dictionary<string, object?>)e!);
        }, CancellationToken.None);
        await using var python = await PythonCelery.WorkerAsync(Brokers.Redis, pythonQueue);
        await using var worker = await RunningWorker.StartAsync(app, new() { NodeName = $"{queue}@net", Mingle = false });
        string[] nodes = [worker.Worker.Node, pythonQueue + "@py"];
        await TestTime.UntilAsync(async () => (await app.Control.InspectAsync("enable_events", destination: nodes, timeout: TimeSpan.FromSeconds(5))).Count == 2, "both send events");
        foreach (var to in (string[])[queue, pythonQueue])
        {
            await (await app.SendTaskAsync("py.add", [2, 3], options: new() { Queue = to })).GetAsync<int>(TestTime.Limit);
            await Assert.ThrowsAsync<TaskException>(async () => await (await app.SendTaskAsync("py.fail", ["bad"], options: new() { Queue = to })).GetAsync<int>(TestTime.Limit));
            var late = await app.SendTaskAsync("py.add", [2, 3], options: new() { Queue = to, ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) });
            await Assert.ThrowsAsync<TaskRevokedException>(() => late.GetAsync<int>(TestTime.Limit));
        }

        string[] types = ["worker-heartbeat", "task-received", "task-started", "task-succeeded", "task-failed", "task-revoked"];
        Dictionary<string, object?>? Of(string node, string type) => events.FirstOrDefault(e => e.Text("hostname") == node && e.Text("type") == type);
        await TestTime.UntilAsync(() => Task.FromResult(nodes.All(n => types.All(t => Of(n, t) is not null))), "all events arrive");
        foreach (var type in types)
        {
            string Fields(int side) => string.Join(", ", Of(nodes[side], type)!.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}: {Kind(f.Value)}"));
            Assert.Equal(Fields(1), Fields(0));
            foreach (var same in (string[])["args", "kwargs", "name", "result", "expired", "terminated", "signum"])
                Assert.Equal(Of(nodes[1], type)!.GetValueOrDefault(same), Of(nodes[0], type)!.GetValueOrDefault(same));
        }
        // The solo pool of Celery 5.2 names a wrapper of its own here; what is meant is the error.
        Assert.Equal("ValueError('bad')", Of(nodes[0], "task-failed")!["exception"]);
    }

    private static string Kind(object? value) => value switch { null => "none", List<object?> list => $"[{string.Join(' ', list.Select(Kind))}]", _ => value.GetType().Name };

    [Fact]
    public async Task A_trace_goes_on_from_side_to_side_and_its_spans_have_the_names_of_the_conventions()
    {
        var queue = Brokers.NewQueue();
        var pythonQueue = Brokers.NewQueue();
        await using var app = new CeleryApp("traces", Brokers.Url(Brokers.Redis), Brokers.Backend, new() { DefaultQueue = queue });
        app.Task("net.trace", () => $"{Activity.Current!.TraceId} {Activity.Current.ParentSpanId}");
        app.Task("net.fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Braid.Celery",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = await PythonCelery.WorkerAsync(Brokers.Redis, pythonQueue);

        // From Python.
        await using var console = PythonCelery.Console(Brokers.Redis, queue);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c b7ad6b7169203331", await console.GetAsync<string>(
            "app.send_task('net.trace', headers={'traceparent': '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'}).get(timeout=50)"));

        // To Python, and to .NET, below one span of this program.
        using var program = new Activity("program").Start();
        var seen = await (await app.SendTaskAsync("py.trace", options: new() { Queue = pythonQueue })).GetAsync<string>(TestTime.Limit);
        Assert.StartsWith($"00-{program.TraceId}-", seen, StringComparison.Ordinal);
        var failed = await app.SendTaskAsync("net.fail");
        await Assert.ThrowsAsync<TaskException>(() => failed.GetAsync<int>(TestTime.Limit));
        Activity Span(string name) => Assert.Single(spans, s => s.DisplayName == name && (string?)s.GetTagItem("messaging.message.id") == failed.Id);
        await TestTime.UntilAsync(() => Task.FromResult(spans.Any(s => s.DisplayName == $"process {queue}" && (string?)s.GetTagItem("messaging.message.id") == failed.Id)), "its span ends");
        var (send, process) = (Span($"send {queue}"), Span($"process {queue}"));
        Assert.Equal((ActivityKind.Producer, ActivityKind.Consumer), (send.Kind, process.Kind));
        Assert.Equal((program.SpanId, send.SpanId, program.TraceId), (send.ParentSpanId, process.ParentSpanId, process.TraceId));
        Assert.Equal(("celery", "process", "process", queue, "net.fail", "ValueError", ActivityStatusCode.Error),
            (process.GetTagItem("messaging.system"), process.GetTagItem("messaging.operation.name"), process.GetTagItem("messaging.operation.type"),
                process.GetTagItem("messaging.destination.name"), process.GetTagItem("celery.task_name"), process.GetTagItem("error.type"), process.Status));
    }

    [Fact]
    public async Task Measures_count_what_is_sent_and_run_with_its_queue_and_error()
    {
        await using var app = Apps.New(Brokers.Redis);
        var queue = app.Settings.DefaultQueue;
        var add = app.Task("add", (int x, int y) => x + y);
        var fail = app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        var counts = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter.Name == "Braid.Celery") l.EnableMeasurementEvents(instrument); } };
        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var of = tags.ToArray().ToDictionary(t => t.Key, t => t.Value);
            // Other tests run beside this one.
            if ((string?)of["messaging.destination.name"] != queue) return;
            counts.AddOrUpdate($"{instrument.Name} {of["messaging.operation.name"]} {of.GetValueOrDefault("error.type")}".Trim(), value, (_, sum) => sum + value);
        }
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument, 1, tags));
        listener.Start();
        await using (var worker = await RunningWorker.StartAsync(app))
        {
            await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit);
            await (await add.DelayAsync(2, 3)).GetAsync(TestTime.Limit);
            var failed = await fail.DelayAsync();
            await Assert.ThrowsAsync<TaskException>(() => failed.GetAsync(TestTime.Limit));
        }
        Assert.Equal(
            [
                "messaging.client.consumed.messages process ValueError: 1", "messaging.client.consumed.messages process: 2", "messaging.client.sent.messages send: 3",
                "messaging.process.duration process ValueError: 1", "messaging.process.duration process: 2",
            ],
            counts.Select(c => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{c.Key}: {c.Value}")).Order(StringComparer.Ordinal));
    }
}
