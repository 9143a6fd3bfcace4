using System.Diagnostics.Metrics;

namespace Braid.Diagnostics;

/// <summary>
/// The meter <c>Braid</c>. Instruments are shared by all clusters of the process; while nobody listens they cost a check each.
/// </summary>
internal static class BraidMetrics
{
    private static readonly Meter Meter = new("Braid", typeof(BraidMetrics).Assembly.GetName().Version?.ToString());

    public static Counter<long> TasksSubmitted { get; } = Meter.CreateCounter<long>("braid.tasks.submitted", "{task}", "Tasks that were submitted.");

    /// <summary>With the tag <c>outcome</c>: ready, failed or cancelled.</summary>
    public static Counter<long> TasksEnded { get; } = Meter.CreateCounter<long>("braid.tasks.ended", "{task}", "Tasks that have ended.");

    public static Counter<long> WorkersStarted { get; } = Meter.CreateCounter<long>("braid.workers.started", "{worker}", "Workers that have joined a cluster.");

    public static Counter<long> WorkersLost { get; } = Meter.CreateCounter<long>("braid.workers.lost", "{worker}", "Workers that have died or were ended.");

    /// <summary>Calls whose caller does not hear of them.</summary>
    public static Counter<long> TellsFailed { get; } = Meter.CreateCounter<long>("braid.actor.tells.failed", "{call}", "Tells to actors that have failed.");

    public static Histogram<double> TaskDuration { get; } = Meter.CreateHistogram<double>("braid.task.duration", "s", "How long task bodies ran, their waits included.");
}
