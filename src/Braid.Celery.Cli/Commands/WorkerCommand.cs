using System.CommandLine;
using System.Globalization;
using Braid.Celery.Control;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>worker</c>: serves the tasks of an app.</summary>
internal static class WorkerCommand
{
    internal static Command Create(AppOptions apps)
    {
        var concurrency = new Option<int?>("--concurrency", "-c") { Description = "How many tasks run at once. Default: the number of cores." };
        var queues = new Option<string[]>("--queues", "-Q") { Description = "Queues to take tasks from, apart by commas. Default: the app's default queue." };
        var exclude = new Option<string[]>("--exclude-queues", "-X") { Description = "Queues to leave out of those." };
        var hostname = new Option<string?>("--hostname", "-n") { Description = "The node's name: w1@%h. %h is the host, %n the name, %d the domain." };
        var events = new Option<bool>("--task-events", "-E", "--events") { Description = "Sends events about tasks, for monitors." };
        var prefetch = new Option<int?>("--prefetch-multiplier") { Description = "Messages taken ahead, times the concurrency. Default: 4." };
        var optimization = new Option<string?>("-O") { Description = "'fair' takes no more messages than there are slots." };
        var hard = new Option<double?>("--time-limit") { Description = "Seconds after which a task is ended." };
        var soft = new Option<double?>("--soft-time-limit") { Description = "Seconds after which a task's token is cancelled." };
        var pool = new Option<string>("--pool", "-P") { Description = "threads (default): tasks run in this process. prefork: in worker processes, one each.", DefaultValueFactory = _ => "threads" };
        var perChild = new Option<int?>("--max-tasks-per-child") { Description = "With prefork: a process is replaced after so many tasks." };
        var memory = new Option<long?>("--max-memory-per-child") { Description = "With prefork: a process that has more KiB than this after a task is replaced." };
        var autoscale = new Option<string?>("--autoscale") { Description = "MAX,MIN: as many slots as there is work, between these." };
        var noGossip = new Option<bool>("--without-gossip") { Description = "Accepted; gossip is not spoken." };
        var noMingle = new Option<bool>("--without-mingle") { Description = "Does not ask other workers at the start for what was revoked." };
        var noHeartbeat = new Option<bool>("--without-heartbeat") { Description = "Sends no heartbeats." };
        var heartbeat = new Option<double?>("--heartbeat-interval") { Description = "Seconds between heartbeats. Default: 2." };
        var purge = new Option<bool>("--purge", "--discard") { Description = "Removes all waiting messages before it starts." };
        var beat = new Option<bool>("--beat", "-B") { Description = "Also runs a beat." };
        var schedule = new Option<string?>("--schedule", "--schedule-filename", "-s") { Description = "With -B: the file that remembers what was sent." };
        var pidfile = new Option<string?>("--pidfile") { Description = "A file for the process id." };
        var (level, file) = ConsoleLog.Options();
        var command = new Command("worker", """
            Serves the tasks of an app. The first Ctrl+C (or SIGTERM) lets running tasks finish, the second one (or SIGQUIT) ends them.

            Examples:
              braid-celery -A Shop.dll worker
              braid-celery -A Shop.dll worker -c 8 -Q celery,mail -n w1@%h -E -l INFO
              braid-celery -A Shop.dll worker -B
              braid-celery -A Shop.dll worker -P prefork -c 4 --max-tasks-per-child 1000 --time-limit 60
            """)
        {
            concurrency, queues, exclude, hostname, events, prefetch, optimization, hard, soft, pool, perChild, memory, autoscale, noGossip, noMingle, noHeartbeat, heartbeat, purge,
            beat, schedule, pidfile, level, file,
        };
        command.SetAction(async (line, _) =>
        {
            using var signals = new ShutdownSignals("worker");
            using var pid = new PidFile(line.GetValue(pidfile));
            using var log = ConsoleLog.Open(line.GetValue(level)!, line.GetValue(file));
            await using var app = apps.Require(line);
            app.Logger = log;
            var options = new WorkerOptions
            {
                Queues = Queues(app, line.GetValue(queues), line.GetValue(exclude)),
                TaskEvents = line.GetValue(events),
                Mingle = !line.GetValue(noMingle),
                Heartbeat = !line.GetValue(noHeartbeat),
                TimeLimit = Seconds(line.GetValue(hard)),
                SoftTimeLimit = Seconds(line.GetValue(soft)),
                MaxTasksPerChild = line.GetValue(perChild),
                MaxMemoryPerChild = line.GetValue(memory) * 1024,
                ProcessApp = line.GetValue(pool) switch
                {
                    "prefork" or "processes" => apps.Factory(line),
                    "threads" => null,
                    "solo" => null,
                    var other => throw new UsageException($"--pool {other}: threads, prefork or solo was expected."),
                },
            };
            if (line.GetValue(autoscale) is { } bounds) options = options with { Autoscale = Bounds(bounds) };
            if (line.GetValue(pool) == "solo") options = options with { Concurrency = 1 };
            if (line.GetValue(concurrency) is { } slots) options = options with { Concurrency = slots };
            if (line.GetValue(hostname) is { } node) options = options with { NodeName = node };
            if (line.GetValue(prefetch) is { } multiplier) options = options with { PrefetchMultiplier = multiplier };
            if (line.GetValue(optimization) == "fair") options = options with { PrefetchMultiplier = 1 };
            if (Seconds(line.GetValue(heartbeat)) is { } interval) options = options with { HeartbeatInterval = interval };
            if (line.GetValue(purge))
            {
                foreach (var queue in options.Queues!)
                {
                    var count = await app.PurgeAsync(queue, signals.Warm);
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"purge: Erased {count} messages from the queue {queue}."));
                }
            }
            Banner(app, options);
            var beating = line.GetValue(beat) ? app.RunBeatAsync(new() { ScheduleFile = line.GetValue(schedule) }, signals.Warm) : Task.CompletedTask;
            await app.RunWorkerAsync(options, signals.Warm, signals.Cold);
            await beating;
            return 0;
        });
        return command;
    }

    private static (int Max, int Min) Bounds(string text)
    {
        var parts = text.Split(',');
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var max) && max > 0
            && int.TryParse(parts.Length == 2 ? parts[1] : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var min) && min <= max
            ? (max, min)
            : throw new UsageException($"--autoscale {text}: MAX,MIN was expected, as 10,3.");
    }

    private static TimeSpan? Seconds(double? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;

    private static List<string> Queues(CeleryApp app, string[]? wanted, string[]? excluded)
    {
        List<string> queues = wanted is { Length: > 0 } ? Names(wanted) : [app.Settings.DefaultQueue];
        var left = queues.Except(excluded is null ? [] : Names(excluded)).ToList();
        return left.Count > 0 ? left : throw new UsageException("-X leaves no queue to take tasks from.");
    }

    /// <summary>Celery takes both: "-Q a,b" and "-Q a -Q b".</summary>
    internal static List<string> Names(string[] values) => [.. values.SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static void Banner(CeleryApp app, WorkerOptions options) => Console.WriteLine($"""
         -------------- {options.ResolveNodeName()} (braid-celery {SoftwareReport.Version})
         - ** ---------- .> app:         {app.Name}
         - ** ---------- .> transport:   {app.Broker.Address}
         - ** ---------- .> results:     {(app.BackendUrl is { } backend ? CeleryUrl.Redact(backend) : "disabled")}
         - ** ---------- .> concurrency: {options.InitialConcurrency}
         -------------- [queues] {string.Join(", ", options.Queues!)}
         [tasks]
        {string.Join('\n', app.Tasks.Keys.Except(BuiltinTasks.Names).Order(StringComparer.Ordinal).Select(t => "   . " + t))}
        """);
}
