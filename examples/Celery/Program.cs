// Celery from .NET. Start a broker (redis-server), then
//
//   dotnet run --project examples/Celery demo          a worker and all that follows, in one process
//
// or, each in a terminal of its own, as services would run:
//
//   dotnet run --project examples/Celery worker        serves tasks until Ctrl+C; so does Python: celery -A tasks worker
//   dotnet run --project examples/Celery send          an addition, a chain and a chord
//   dotnet run --project examples/Celery periodic      a beat: an addition every second
//   dotnet run --project examples/Celery pair          a chain and a chord with parts on both sides; needs Python's worker, on its queue:
//                                                      cd examples/Celery && celery -A tasks worker -Q python
using System.Globalization;
using Braid.Celery;
using Braid.Celery.Redis;
using Braid.Examples;
using RabbitMQ.Client.Exceptions;

const string Usage = """
    Usage: celery-example demo|worker|send|periodic|pair [--broker URL] [--backend URL] [--queue NAME] [--python-queue NAME] [--ticks N]

      demo      runs a worker and sends to it
      worker    serves tasks until Ctrl+C
      send      sends an addition, a chain and a chord, and prints their results
      periodic  sends an addition every second, --ticks times (default 3)
      pair      sends a chain and a chord with parts in Python: celery -A tasks worker -Q python

    Defaults: --broker redis://localhost/0, --backend redis://localhost/1, --queue celery, --python-queue python.
    """;

string Option(string name, string fallback) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : fallback;

if (args is not [("demo" or "worker" or "send" or "periodic" or "pair") and var command, ..])
{
    Console.WriteLine(Usage);
    return args is ["--help" or "-h", ..] ? 0 : 2;
}

var broker = Option("--broker", "redis://localhost/0");
await using var app = new CeleryApp("example", broker, Option("--backend", "redis://localhost/1"), new CelerySettings { DefaultQueue = Option("--queue", "celery") });
var tasks = new ExampleTasks(app, Option("--python-queue", "python"), int.Parse(Option("--ticks", "3"), CultureInfo.InvariantCulture));

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

try
{
    // A worker waits for its broker for ever, and a host shows its log: here somebody wants to know at once.
    await app.Control.PingAsync(TimeSpan.Zero);
    var worker = command is "send" or "pair" ? Task.CompletedTask : app.RunWorkerAsync(new WorkerOptions { Concurrency = 4 }, stop.Token);
    var work = command switch
    {
        "send" => tasks.SendAsync(),
        "pair" => tasks.PairAsync(),
        "periodic" => tasks.TickAsync(stop.Token),
        "demo" => tasks.SendAsync(),
        _ => worker,
    };
    await await Task.WhenAny(work, worker.IsCompletedSuccessfully ? work : worker);
    await stop.CancelAsync();
    await Task.WhenAll(work, worker);
    return 0;
}
catch (Exception e) when (e is RedisConnectionException or BrokerUnreachableException or TimeoutException)
{
    Console.Error.WriteLine($"{e.Message}\nIs a broker running at {broker}, and a worker for the queue? --help says how to start them.");
    return 1;
}
