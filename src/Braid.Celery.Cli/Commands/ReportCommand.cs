using System.CommandLine;
using System.Globalization;
using Braid.Celery.Control;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>report</c>: what to say when asking for help.</summary>
internal static class ReportCommand
{
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
            Console.WriteLine(SoftwareReport.Of(app, new()));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{app.Name}: {app.Tasks.Count - BuiltinTasks.Names.Length} tasks, {app.PeriodicTasks.Count} periodic"));
            return 0;
        });
        return command;
    }
}
