using System.CommandLine;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>beat</c>: sends the periodic tasks of an app.</summary>
internal static class BeatCommand
{
    internal static Command Create(AppOptions apps)
    {
        var schedule = new Option<string?>("--schedule", "-s") { Description = "A file that remembers what was sent, in place of the backend: one beat a machine." };
        var lease = new Option<double?>("--lease") { Description = "Seconds until another beat takes over from one that is lost. Default: 15." };
        var pidfile = new Option<string?>("--pidfile") { Description = "A file for the process id." };
        var (level, file) = ConsoleLog.Options();
        var command = new Command("beat", """
            Sends the periodic tasks of an app. Any number of beats may run: one leads, and each tick is sent once.

            Examples:
              braid-celery -A Shop.dll beat -l INFO
              braid-celery -A Shop.dll beat -s /var/lib/shop/schedule.json
            """) { schedule, lease, pidfile, level, file };
        command.SetAction(async (line, _) =>
        {
            using var signals = new ShutdownSignals("beat");
            using var pid = new PidFile(line.GetValue(pidfile));
            using var log = ConsoleLog.Open(line.GetValue(level)!, line.GetValue(file));
            await using var app = apps.Require(line);
            app.Logger = log;
            var options = new BeatOptions { ScheduleFile = line.GetValue(schedule) };
            if (line.GetValue(lease) is { } seconds) options = options with { Lease = TimeSpan.FromSeconds(seconds) };
            Console.WriteLine($"beat of {app.Name} is starting: {app.PeriodicTasks.Count} periodic tasks on {app.Broker.Address}");
            await app.RunBeatAsync(options, signals.Warm);
            return 0;
        });
        return command;
    }
}
