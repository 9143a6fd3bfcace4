using Braid.Celery.Wire;

namespace Braid.Celery.Workers;

/// <summary>The event <c>task-sent</c>, which clients send.</summary>
internal static class SentEvent
{
    /// <summary>Tells monitors of a task that the broker has. The task is sent whether or not they hear of it.</summary>
    internal static async Task PublishAsync(CeleryApp app, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var task = message.Task!;
        var now = app.Time.GetUtcNow();
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["hostname"] = app.Origin,
            ["utcoffset"] = (long)-TimeZoneInfo.Local.GetUtcOffset(now).TotalHours,
            ["pid"] = (long)Environment.ProcessId,
            ["clock"] = app.Clock.Forward(),
            ["uuid"] = task.Id,
            ["root_id"] = task.RootId,
            ["parent_id"] = task.ParentId,
            ["name"] = task.Task,
            ["args"] = task.ArgsRepr,
            ["kwargs"] = task.KwargsRepr,
            ["retries"] = (long)task.Retries,
            ["eta"] = task.Eta is { } eta ? PythonTime.Format(eta) : null,
            ["expires"] = task.Expires is { } expires ? PythonTime.Format(expires) : null,
            ["queue"] = message.Exchange.Length == 0 ? message.RoutingKey : "",
            ["exchange"] = message.Exchange,
            ["routing_key"] = message.RoutingKey,
            ["timestamp"] = PythonTime.ToEpoch(now),
            ["type"] = "task-sent",
        };
        try
        {
            await app.Broker.PublishAsync(new OutgoingMessage
            {
                Exchange = "celeryev",
                RoutingKey = "task.sent",
                Headers = new(StringComparer.Ordinal) { ["hostname"] = app.Origin },
                Properties = new MessageProperties { DeliveryMode = 1, Priority = 0 },
                Body = PlainValue.ToJson(fields, CeleryJson.Plain),
            }, cancellationToken);
        }
        catch (Exception e) when (e is BraidException or IOException or RabbitMQ.Client.Exceptions.RabbitMQClientException) { WorkerLog.EventsFailed(app.Logger, e.Message); }
    }
}
