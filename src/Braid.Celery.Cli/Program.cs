using System.CommandLine;
using Braid;
using Braid.Celery;
using Braid.Celery.Cli;
using Braid.Celery.Cli.Commands;

var app = new AppOptions();
var root = new RootCommand("""
    Celery's command line for .NET, on Celery's own wire: workers and beats of .NET apps, and commands to any Celery worker, Python's too.

    Examples:
      braid-celery -A bin/Release/net10.0/Shop.dll worker -c 8 -Q celery,mail -l INFO
      braid-celery -A Shop.dll:Shop.Tasks.App beat
      braid-celery -b redis://localhost/0 --result-backend redis://localhost/1 call tasks.add -a "[2, 3]"
      braid-celery -b amqp://guest@localhost// inspect active
      braid-celery events
    """);
app.AddTo(root);
root.Subcommands.Add(WorkerCommand.Create(app));
root.Subcommands.Add(BeatCommand.Create(app));
root.Subcommands.Add(CallCommand.Create(app));
root.Subcommands.Add(ResultCommand.Create(app));
root.Subcommands.Add(RemoteCommand.CreateInspect(app));
root.Subcommands.Add(RemoteCommand.CreateControl(app));
root.Subcommands.Add(StatusCommand.Create(app));
root.Subcommands.Add(EventsCommand.Create(app));
root.Subcommands.Add(PurgeCommand.Create(app));
root.Subcommands.Add(ReportCommand.Create(app));
try
{
    // Commands that run for long handle signals themselves: a worker's shutdown may take as long as its tasks.
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception e) when (e is UsageException or BraidException or ArgumentException or FormatException or TimeoutException or NotSupportedException
    or RabbitMQ.Client.Exceptions.BrokerUnreachableException or RabbitMQ.Client.Exceptions.OperationInterruptedException)
{
    Console.Error.WriteLine($"braid-celery: {e.Message}");
    return e is UsageException ? 2 : 1;
}
