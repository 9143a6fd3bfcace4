using System.Diagnostics;
using System.Diagnostics.Metrics;
using Braid.Celery.Wire;
using Braid.Celery.Workers;

namespace Braid.Celery;

/// <summary>Traces and measures by OpenTelemetry's messaging conventions; the source and the meter are named "Braid.Celery".</summary>
internal static class CeleryDiagnostics
{
    internal static readonly ActivitySource Source = new("Braid.Celery");
    internal static readonly Meter Meter = new("Braid.Celery");
    internal static readonly Counter<long> Sent = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Tasks sent.");
    internal static readonly Counter<long> Processed = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Tasks run.");
    internal static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("messaging.process.duration", "s", "Time in a task's method.");

    /// <summary>Opens a span and puts its W3C context into the message's headers.</summary>
    internal static Activity? StartSend(OutgoingMessage message)
    {
        var activity = Source.StartActivity($"send {message.RoutingKey}", ActivityKind.Producer);
        var current = activity ?? Activity.Current;
        if (current is null || message.Task is not { } task) return activity;
        activity?.SetTag("messaging.system", "celery").SetTag("messaging.destination.name", message.RoutingKey)
            .SetTag("messaging.operation.type", "send").SetTag("messaging.message.id", task.Id).SetTag("celery.task_name", task.Task);
        task.Custom = task.Custom is null ? new(StringComparer.Ordinal) : new(task.Custom, StringComparer.Ordinal);
        task.Custom["traceparent"] = current.Id;
        if (current.TraceStateString is { Length: > 0 } state) task.Custom["tracestate"] = state;
        return activity;
    }

    /// <summary>Opens the span of a task's run, a child of the one that sent it.</summary>
    internal static Activity? StartProcess(TaskHeaders task, string queue)
    {
        if (!Source.HasListeners()) return null;
        var parent = task.Custom?.Text("traceparent") is { } traceparent
            && ActivityContext.TryParse(traceparent, task.Custom.Text("tracestate"), isRemote: true, out var context) ? context : default;
        return Source.StartActivity($"process {queue}", ActivityKind.Consumer, parent)
            ?.SetTag("messaging.system", "celery").SetTag("messaging.destination.name", queue)
            .SetTag("messaging.operation.type", "process").SetTag("messaging.message.id", task.Id).SetTag("celery.task_name", task.Task);
    }

    /// <summary>Tells the span and the measures how a task ended, and hands the outcome on.</summary>
    internal static Outcome Ended(Activity? activity, WorkItem item, Outcome outcome)
    {
        if (outcome.Error is { } failure and not (RetryException or IgnoreException))
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", ExceptionWire.Describe(failure).Type);
        Processed.Add(1, new KeyValuePair<string, object?>("messaging.destination.name", item.Delivery.Queue));
        Duration.Record(outcome.Seconds, new KeyValuePair<string, object?>("celery.task_name", item.Headers.Task));
        return outcome;
    }
}
