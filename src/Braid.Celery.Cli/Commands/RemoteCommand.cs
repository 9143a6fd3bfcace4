using System.CommandLine;
using System.Globalization;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>inspect</c> and <c>control</c>: commands to running workers and their replies.</summary>
internal static class RemoteCommand
{
    /// <summary>A command and the names of its arguments; "*" takes all that are left as a list.</summary>
    private sealed record Method(string Name, string[] Arguments, string Help);

    private static readonly Method[] Inspecting =
    [
        new("active", [], "The tasks that run."), new("active_queues", [], "The queues that tasks are taken from."), new("clock", [], "The logical clock."),
        new("conf", [], "The settings."), new("memdump", [], "The samples of memory so far, and what is used now."), new("memsample", [], "Samples the memory that is used."),
        new("objgraph", [], "For Python's workers."), new("ping", [], "Who answers."), new("query_task", ["ids*"], "What a worker knows of tasks: query_task ID…"),
        new("registered", [], "The tasks that a worker can run."), new("report", [], "Versions and settings."), new("reserved", [], "The tasks that wait for a slot."),
        new("revoked", [], "The ids that were revoked."), new("scheduled", [], "The tasks that wait for their time."), new("stats", [], "Figures of the worker."),
    ];

    private static readonly Method[] Controlling =
    [
        new("add_consumer", ["queue", "exchange", "exchange_type", "routing_key"], "Takes tasks from another queue: add_consumer QUEUE"),
        new("autoscale", ["max", "min"], "Sets the bounds of the pool: autoscale MAX MIN"), new("cancel_consumer", ["queue"], "Takes no more tasks from a queue: cancel_consumer QUEUE"),
        new("disable_events", [], "Sends no more events about tasks."), new("enable_events", [], "Sends events about tasks."), new("heartbeat", [], "Sends a heartbeat now."),
        new("pool_grow", ["n"], "More slots: pool_grow N"), new("pool_restart", [], "New worker processes."), new("pool_shrink", ["n"], "Fewer slots: pool_shrink N"),
        new("rate_limit", ["task_name", "rate_limit"], "rate_limit TASK 10/m"), new("revoke", ["task_id*"], "Tasks not to run: revoke ID…"), new("shutdown", [], "Stops the worker, warmly."),
        new("terminate", ["signal", "task_id*"], "Also stops running tasks: terminate SIGNAL ID…"), new("time_limit", ["task_name", "soft", "hard"], "time_limit TASK SOFT [HARD]"),
    ];

    internal static Command CreateInspect(AppOptions apps) => Create(apps, "inspect", "Asks workers what they do and know.", Inspecting, "active", "query_task 4f1c0f3a-…");

    internal static Command CreateControl(AppOptions apps) => Create(apps, "control", "Tells workers what to do.", Controlling, "pool_grow 2 -d w1@host", "rate_limit tasks.add 10/m");

    private static Command Create(AppOptions apps, string name, string what, Method[] methods, string example, string other)
    {
        var method = new Argument<string>("method") { Description = string.Join(", ", methods.Select(m => m.Name)) };
        var rest = new Argument<string[]>("arguments") { Description = "The method's arguments.", Arity = ArgumentArity.ZeroOrMore };
        var timeout = new Option<double>("--timeout", "-t") { Description = "Seconds to wait for replies. Default: 1.", DefaultValueFactory = _ => 1 };
        var destination = new Option<string[]>("--destination", "-d") { Description = "Nodes, apart by commas. Default: all." };
        var json = new Option<bool>("--json", "-j") { Description = "Prints the replies as JSON." };
        var command = new Command(name, $"""
            {what}

            {string.Join('\n', methods.Select(m => $"  {m.Name,-16} {m.Help}"))}

            Examples:
              braid-celery -b redis://localhost/0 {name} {example}
              braid-celery -b redis://localhost/0 {name} {other}
            """) { method, rest, timeout, destination, json };
        command.SetAction(async (line, stop) =>
        {
            var asked = line.GetValue(method)!;
            var known = Array.Find(methods, m => m.Name == asked)
                ?? throw new UsageException($"{name} {asked}: there is no such method. There are: {string.Join(", ", methods.Select(m => m.Name))}.");
            var arguments = Arguments(name, known, line.GetValue(rest) ?? []);
            await using var app = apps.Load(line);
            var nodes = line.GetValue(destination) is { Length: > 0 } d ? WorkerCommand.Names(d) : null;
            var wire = asked switch { "terminate" => "revoke", "add_consumer" or _ => asked };
            if (asked == "terminate") arguments["terminate"] = true;
            var replies = await app.Control.InspectAsync(wire, arguments, nodes, TimeSpan.FromSeconds(line.GetValue(timeout)), stop);
            return RemoteReplies.Print(replies, line.GetValue(json), counts: name == "inspect", silent: asked is "shutdown");
        });
        return command;
    }

    private static Dictionary<string, object?> Arguments(string command, Method method, string[] given)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        var next = 0;
        foreach (var name in method.Arguments)
        {
            if (next >= given.Length) break;
            if (name.EndsWith('*'))
            {
                arguments[name[..^1]] = given[next..].ToList<object?>();
                next = given.Length;
            }
            else arguments[name] = Value(name, given[next++]);
        }
        return next == given.Length ? arguments
            : throw new UsageException($"{command} {method.Name} takes {method.Arguments.Length} arguments ({string.Join(", ", method.Arguments)}), not {given.Length}.");
    }

    private static object Value(string name, string text) =>
        name is "n" or "max" or "min" && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : name is "soft" or "hard" && double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? seconds
        : text;
}
