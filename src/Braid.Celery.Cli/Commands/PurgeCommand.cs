using System.CommandLine;
using System.Globalization;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>purge</c>: removes the messages that wait.</summary>
internal static class PurgeCommand
{
    internal static Command Create(AppOptions apps)
    {
        var force = new Option<bool>("--force", "-f") { Description = "Does not ask." };
        var queues = new Option<string[]>("--queues", "-Q") { Description = "Queues, apart by commas. Default: the app's default queue." };
        var exclude = new Option<string[]>("--exclude-queues", "-X") { Description = "Queues to leave out." };
        var command = new Command("purge", """
            Removes all messages that wait in queues. They cannot be had back.

            Example:
              braid-celery -b redis://localhost/0 purge -f -Q celery,mail
            """) { force, queues, exclude };
        command.SetAction(async (line, stop) =>
        {
            await using var app = apps.Load(line);
            List<string> names = line.GetValue(queues) is { Length: > 0 } q ? WorkerCommand.Names(q) : [app.Settings.DefaultQueue];
            names = [.. names.Except(line.GetValue(exclude) is { } x ? WorkerCommand.Names(x) : [])];
            var which = $"{names.Count} {(names.Count == 1 ? "queue" : "queues")}";
            if (!line.GetValue(force))
            {
                Console.Write($"This removes all messages from {which}: {string.Join(", ", names)}. There is no undo. Are you sure? (y/N) ");
                if (Console.ReadLine()?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
                {
                    Console.Error.WriteLine("Aborted!");
                    return 1;
                }
            }
            var count = 0L;
            foreach (var name in names) count += await app.PurgeAsync(name, stop);
            Console.WriteLine(count == 0 ? $"No messages purged from {which}"
                : string.Create(CultureInfo.InvariantCulture, $"Purged {count} {(count == 1 ? "message" : "messages")} from {which}."));
            return 0;
        });
        return command;
    }
}
