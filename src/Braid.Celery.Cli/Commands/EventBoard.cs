using System.Globalization;
using Braid.Celery.Wire;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Braid.Celery.Cli.Commands;

/// <summary>What a stream of events says of workers and of the tasks that were heard of last.</summary>
internal sealed class EventBoard
{
    private const int TasksShown = 20;
    private const int TasksKept = 1_000;

    private sealed record Worker(string State, double Active, double Processed, double Seen);

    private sealed record Job(string Name, string State, string Worker, double Time, string Detail);

    private readonly SortedDictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Job> _jobs = new(StringComparer.Ordinal);

    /// <summary>The ids of <see cref="_jobs"/>, the one heard of last at the end.</summary>
    private readonly LinkedList<string> _order = new();

    internal void Add(Dictionary<string, object?> e)
    {
        var type = e.Text("type") ?? "";
        var node = e.Text("hostname") ?? "?";
        var time = e.Number("timestamp") ?? 0;
        if (type.StartsWith("worker-", StringComparison.Ordinal))
            _workers[node] = new(type == "worker-offline" ? "offline" : "online", e.Number("active") ?? 0, e.Number("processed") ?? 0, time);
        if (!type.StartsWith("task-", StringComparison.Ordinal) || e.Text("uuid") is not { } id) return;
        var before = _jobs.GetValueOrDefault(id);
        if (before is not null) _order.Remove(id);
        _order.AddLast(id);
        _jobs[id] = new(e.Text("name") ?? before?.Name ?? "?", type[5..].ToUpperInvariant(), node, time, e.Text("result") ?? e.Text("exception") ?? e.Text("args") ?? before?.Detail ?? "");
        for (; _order.Count > TasksKept; _order.RemoveFirst()) _jobs.Remove(_order.First!.Value);
    }

    internal IRenderable Render()
    {
        var workers = new Table().Title("workers").AddColumns("node", "state", "active", "processed", "seen");
        foreach (var (name, w) in _workers)
            workers.AddRow(Markup.Escape(name), w.State, Number(w.Active), Number(w.Processed), Time(w.Seen));
        var jobs = new Table().Title("tasks").AddColumns("task", "id", "state", "worker", "time", "result");
        for (var (node, shown) = (_order.Last, 0); node is not null && shown < TasksShown; node = node.Previous, shown++)
        {
            var job = _jobs[node.Value];
            jobs.AddRow(Markup.Escape(job.Name), Markup.Escape(node.Value), job.State, Markup.Escape(job.Worker), Time(job.Time),
                Markup.Escape(job.Detail.Length > 40 ? job.Detail[..40] + "…" : job.Detail));
        }
        return new Rows(workers, jobs);
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Time(double epoch) => DateTimeOffset.UnixEpoch.AddSeconds(epoch).ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
