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

    private const string Send = "send", Process = "process";

    /// <summary>Opens a span and puts its W3C context into the message's headers, where OpenTelemetry's instrumentation of Celery looks for it.</summary>
    internal static Activity? StartSend(OutgoingMessage message)
    {
        var activity = Source.StartActivity($"{Send} {message.RoutingKey}", ActivityKind.Producer);
        var current = activity ?? Activity.Current;
        if (current is null || message.Task is not { } task) return activity;
        Describe(activity, Send, message.RoutingKey, task);
        task.Custom = task.Custom is null ? new(StringComparer.Ordinal) : new(task.Custom, StringComparer.Ordinal);
        task.Custom["traceparent"] = current.Id;
        if (current.TraceStateString is { Length: > 0 } state) task.Custom["tracestate"] = state;
        return activity;
    }

    /// <summary>Tells the span and the measures that a message was sent; with an error, that it was not.</summary>
    internal static void EndSend(Activity? activity, OutgoingMessage message, Exception? error)
    {
        var type = error?.GetType().FullName;
        if (error is not null) activity?.SetStatus(ActivityStatusCode.Error, error.Message).SetTag("error.type", type);
        if (Sent.Enabled) Sent.Add(1, Tags(Send, message.RoutingKey, type));
    }

    /// <summary>Opens the span of a task's run, a child of the one that sent it.</summary>
    internal static Activity? StartProcess(TaskHeaders task, string queue)
    {
        if (!Source.HasListeners()) return null;
        var parent = task.Custom?.Text("traceparent") is { } traceparent
            && ActivityContext.TryParse(traceparent, task.Custom.Text("tracestate"), isRemote: true, out var context) ? context : default;
        var activity = Source.StartActivity($"{Process} {queue}", ActivityKind.Consumer, parent);
        Describe(activity, Process, queue, task);
        return activity;
    }

    /// <summary>Tells the span and the measures how a task ended, and hands the outcome on.</summary>
    internal static Outcome Ended(Activity? activity, WorkItem item, Outcome outcome)
    {
        var type = outcome.Error is { } failure and not (RetryException or IgnoreException) ? ExceptionWire.Describe(failure).Type : null;
        if (type is not null) activity?.SetStatus(ActivityStatusCode.Error, outcome.Error!.Message).SetTag("error.type", type);
        if (!Processed.Enabled && !Duration.Enabled) return outcome;
        var tags = Tags(Process, item.Delivery.Queue, type);
        Processed.Add(1, tags);
        tags.Add("celery.task_name", item.Headers.Task);
        Duration.Record(outcome.Seconds, tags);
        return outcome;
    }

    private static void Describe(Activity? activity, string operation, string destination, TaskHeaders task) =>
        activity?.SetTag("messaging.system", "celery").SetTag("messaging.operation.name", operation).SetTag("messaging.operation.type", operation)
            .SetTag("messaging.destination.name", destination).SetTag("messaging.message.id", task.Id).SetTag("celery.task_name", task.Task);

    private static TagList Tags(string operation, string destination, string? error)
    {
        var tags = new TagList { { "messaging.system", "celery" }, { "messaging.operation.name", operation }, { "messaging.destination.name", destination } };
        if (error is not null) tags.Add("error.type", error);
        return tags;
    }
}
