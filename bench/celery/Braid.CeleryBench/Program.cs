using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Braid.Celery;

// The .NET side of bench/celery/run.sh. Prints one JSON object a measure.
//   publish  COUNT    sends COUNT tasks, each confirmed by the broker
//   worker            runs a worker until its input ends
//   roundtrip COUNT   sends one task after the other and waits for each result
// With a last argument "unconfirmed", tasks are sent as Celery sends them: without waiting for the broker's confirm.
// Environment: BROKER, BACKEND, QUEUE.
var queue = Environment.GetEnvironmentVariable("QUEUE") ?? "celery";
await using var app = new CeleryApp("bench", Environment.GetEnvironmentVariable("BROKER")!, Environment.GetEnvironmentVariable("BACKEND"),
    new CelerySettings { DefaultQueue = queue, JsonDialect = JsonDialect.Plain, ConfirmPublish = args[^1] != "unconfirmed" });
var noop = app.Task("bench.noop", (int i) => { });
var count = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0;
switch (args[0])
{
    case "publish":
        await noop.DelayAsync(-1);
        var publishing = Stopwatch.StartNew();
        // As a program sends a batch: all at once, then it waits for all confirms. RabbitMQ writes to disk what came together.
        foreach (var batch in Enumerable.Range(0, count).Chunk(10_000)) await Task.WhenAll(batch.Select(i => noop.DelayAsync(i)));
        Print("publish", publishing.Elapsed.TotalSeconds / count);
        break;
    case "worker":
        using (var stop = new CancellationTokenSource())
        {
            var running = app.RunWorkerAsync(new WorkerOptions { Concurrency = 2, Mingle = false }, stop.Token);
            Console.WriteLine("ready");
            await Console.In.ReadToEndAsync();
            await stop.CancelAsync();
            await running;
        }
        break;
    case "roundtrip":
        var times = new List<double>(count);
        for (var i = -200; i < count; i++)
        {
            var one = Stopwatch.GetTimestamp();
            await (await noop.DelayAsync(i)).GetAsync(TimeSpan.FromSeconds(10));
            if (i >= 0) times.Add(Stopwatch.GetElapsedTime(one).TotalSeconds);
        }
        times.Sort();
        Console.WriteLine(JsonSerializer.Serialize(new { measure = "roundtrip", median_ms = times[count / 2] * 1000, p99_ms = times[count * 99 / 100] * 1000 }));
        break;
    default: throw new ArgumentException($"No such measure: {args[0]}");
}

static void Print(string measure, double seconds) =>
    Console.WriteLine(JsonSerializer.Serialize(new { measure, per_second = 1 / seconds }));
