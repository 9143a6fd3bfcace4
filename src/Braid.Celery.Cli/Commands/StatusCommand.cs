using System.CommandLine;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>status</c>: the workers that answer.</summary>
internal static class StatusCommand
{
    internal static Command Create(AppOptions apps)
    {
        var timeout = new Option<double>("--timeout", "-t") { Description = "Seconds to wait for replies. Default: 1.", DefaultValueFactory = _ => 1 };
        var command = new Command("status", """
            Shows which workers are online. Exit code 69 when none is.

            Example:
              braid-celery -b redis://localhost/0 status
            """) { timeout };
        command.SetAction(async (line, stop) =>
        {
            await using var app = apps.Load(line);
            var nodes = await app.Control.PingAsync(TimeSpan.FromSeconds(line.GetValue(timeout)), stop);
            if (nodes.Count == 0)
            {
                Console.Error.WriteLine("Error: No nodes replied within time constraint");
                return RemoteReplies.NobodyReplied;
            }
            foreach (var node in nodes.Order(StringComparer.Ordinal)) Console.WriteLine($"->  {node}: OK");
            Console.WriteLine(RemoteReplies.Online(nodes.Count));
            return 0;
        });
        return command;
    }
}
