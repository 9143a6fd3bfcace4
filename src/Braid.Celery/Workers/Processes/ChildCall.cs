using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Workers.Processes;

/// <summary>A task's message on its way into a worker process.</summary>
internal sealed record ChildCall
{
    /// <summary>The header table, as JSON.</summary>
    public required byte[] Headers { get; init; }

    /// <summary>Arguments and embedded signatures in protocol 2's form, as JSON.</summary>
    public required byte[] Body { get; init; }
    public required string Queue { get; init; }
    public required string Exchange { get; init; }
    public required string RoutingKey { get; init; }
    public required bool Redelivered { get; init; }
    public required string? ReplyTo { get; init; }
    public required string? CorrelationId { get; init; }
    public required byte? Priority { get; init; }
    public required string Node { get; init; }

    /// <summary>Seconds.</summary>
    public required double? SoftLimit { get; init; }

    internal static ChildCall Of(CeleryApp app, WorkItem item, string node, double? softLimit) => new()
    {
        Headers = PlainValue.ToJson(item.Headers.ToTable(), CeleryJson.Plain),
        Body = item.Body.ToJson(app.Json),
        Queue = item.Delivery.Queue,
        Exchange = item.Delivery.Exchange,
        RoutingKey = item.Delivery.RoutingKey,
        Redelivered = item.Delivery.Redelivered,
        ReplyTo = item.Delivery.Properties.ReplyTo,
        CorrelationId = item.Delivery.Properties.CorrelationId,
        Priority = item.Delivery.Properties.Priority,
        Node = node,
        SoftLimit = softLimit,
    };

    /// <summary>The message again, in the child. Its delivery cannot be settled there: the worker does that.</summary>
    internal WorkItem ToItem(CeleryApp app)
    {
        var headers = TaskHeaders.Read((Dictionary<string, object?>)PlainValue.Parse(Headers)!);
        return new WorkItem
        {
            Headers = headers,
            Body = TaskBody.Read(Body, "application/json", null),
            Task = app.Find(headers.Task) ?? throw new TaskException("NotRegistered", "celery.exceptions", headers.Task),
            Delivery = new ChildDelivery
            {
                Queue = Queue,
                Exchange = Exchange,
                RoutingKey = RoutingKey,
                Redelivered = Redelivered,
                Properties = new MessageProperties { ReplyTo = ReplyTo, CorrelationId = CorrelationId, Priority = Priority },
            },
        };
    }

    private sealed class ChildDelivery : Delivery
    {
        internal override void Ack() => throw Elsewhere();
        internal override void Requeue() => throw Elsewhere();
        internal override Task DeadLetterAsync(string reason, CancellationToken cancellationToken) => throw Elsewhere();
        internal override Task ParkAsync(DateTimeOffset until, CancellationToken cancellationToken) => throw Elsewhere();
        internal override void Release() => throw Elsewhere();

        private static InvalidOperationException Elsewhere() => new("A worker process does not settle messages; its worker does.");
    }
}
