using System.CommandLine;
using Braid.Celery.Wire;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>result</c>: prints what a task returned.</summary>
internal static class ResultCommand
{
    internal static Command Create(AppOptions apps)
    {
        var id = new Argument<string>("task_id") { Description = "The task's id." };
        var task = new Option<string?>("--task", "-t") { Description = "The task's name; accepted, not needed." };
        var traceback = new Option<bool>("--traceback") { Description = "Prints the traceback of a failure in place of the result." };
        var timeout = new Option<double?>("--timeout") { Description = "Seconds to wait for the result. Default: no limit." };
        var command = new Command("result", """
            Waits for a task and prints its result as Python writes it. Exit code 1 when the task failed.

            Example:
              braid-celery --result-backend redis://localhost/1 result 4f1c0f3a-…
            """) { id, task, traceback, timeout };
        command.SetAction(async (line, stop) =>
        {
            await using var app = apps.Load(line);
            var result = app.Result(line.GetValue(id)!);
            TimeSpan? limit = line.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            try
            {
                var value = await result.GetAsync<System.Text.Json.JsonElement>(limit, stop);
                Console.WriteLine(line.GetValue(traceback) ? "None" : PlainValue.Parse(value.GetRawText()) is string text ? text : PythonRepr.Of(PlainValue.Parse(value.GetRawText())));
                return 0;
            }
            catch (TaskException e)
            {
                Console.WriteLine(line.GetValue(traceback) ? e.RemoteTraceback ?? e.ToString() : ExceptionWire.Repr(e));
                return 1;
            }
        });
        return command;
    }
}
