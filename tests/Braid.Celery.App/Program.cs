using Braid.Celery;
using Braid.Celery.TestApp;

// Runs a worker until its input ends: of the number of slots that is given.
using var stop = new CancellationTokenSource();
var slots = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
var running = Tasks.App.RunWorkerAsync(new WorkerOptions { Concurrency = slots, Mingle = false, NodeName = args[1] }, stop.Token);
Console.WriteLine("started");
await Console.In.ReadToEndAsync();
await stop.CancelAsync();
await running;
await Tasks.App.DisposeAsync();
