// Celery from .NET. Needs a broker; the worker can run here, in another terminal, or be Python's: see tasks.py.
//
//   celery-example worker          serves tasks until Ctrl+C
//   celery-example send            sends an addition, a chain and a chord, and prints their results
//   celery-example demo            both at once
//   Options: --broker URL (default redis://localhost/0), --backend URL (default redis://localhost/1), --queue NAME (default celery)
using Braid.Celery;

string Option(string name, string fallback) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : fallback;

if (args is not [("worker" or "send" or "demo") and var command, ..])
{
    Console.WriteLine("Usage: celery-example worker|send|demo [--broker URL] [--backend URL] [--queue NAME]");
    return args is ["--help" or "-h", ..] ? 0 : 2;
}

await using var app = new CeleryApp("example", Option("--broker", "redis://localhost/0"), Option("--backend", "redis://localhost/1"),
    new CelerySettings { DefaultQueue = Option("--queue", "celery") });
var add = app.Task("example.add", (int x, int y) => x + y);
var sum = app.Task("example.sum", (int[] numbers) => numbers.Sum());

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

var worker = command == "send" ? Task.CompletedTask : app.RunWorkerAsync(new WorkerOptions { Concurrency = 4 }, stop.Token);
if (command != "worker")
{
    await SendAsync();
    await stop.CancelAsync();
}
await worker;
return 0;

async Task SendAsync()
{
    var limit = TimeSpan.FromSeconds(30);

    AsyncResult<int> four = await add.DelayAsync(2, 2);
    Console.WriteLine($"2 + 2 = {await four.GetAsync(limit)}");

    var chain = await (add.S(1, 2) | add.S(3) | add.S(4)).ApplyAsync();
    Console.WriteLine($"1 + 2 + 3 + 4, one after the other = {await chain.GetAsync<int>(limit)}");

    var chord = await Canvas.Chord([.. Enumerable.Range(1, 10).Select(i => add.S(i, i))], sum.S([])).ApplyAsync();
    Console.WriteLine($"the sum of 1 + 1, 2 + 2, … 10 + 10, side by side = {await chord.GetAsync<int>(limit)}");
}
