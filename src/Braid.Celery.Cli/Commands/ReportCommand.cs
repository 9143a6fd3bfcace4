using System.CommandLine;
using System.Runtime.InteropServices;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>report</c>: what to say when asking for help.</summary>
internal static class ReportCommand
{
    internal static string Version => typeof(CeleryApp).Assembly.GetName().Version?.ToString(3) ?? "0";

    internal static Command Create(AppOptions apps)
    {
        var command = new Command("report", """
            Shows versions and settings, for questions and reports of faults. Passwords are left out.

            Example:
              braid-celery -A Shop.dll report
            """);
        command.SetAction(async (line, _) =>
        {
            await using var app = apps.Load(line);
            Console.WriteLine($"""

                software -> braid-celery:{Version} {RuntimeInformation.FrameworkDescription}
                platform -> system:{RuntimeInformation.OSDescription} arch:{RuntimeInformation.OSArchitecture} cores:{Environment.ProcessorCount}
                settings -> transport:{app.Broker.Transport} broker:{app.Broker.Address} results:{(app.BackendUrl is { } backend ? CeleryUrl.Redact(backend) : "disabled")}
                app      -> {app.Name}: {app.Tasks.Count} tasks, {app.PeriodicTasks.Count} periodic
                {app.Settings}

                """);
            return 0;
        });
        return command;
    }
}
