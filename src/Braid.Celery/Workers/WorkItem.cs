using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Workers;

/// <summary>A task in a worker, from its receipt until it is settled.</summary>
internal sealed class WorkItem
{
    public required TaskHeaders Headers { get; init; }
    public required TaskBody Body { get; init; }
    public required Delivery Delivery { get; init; }
    public required RegisteredTask Task { get; init; }

    /// <summary>When the method was started, as epoch seconds; null before.</summary>
    public double? StartedAt { get; set; }

    /// <summary>The worker process that runs it; null in this one.</summary>
    public int? Pid { get; set; }

    /// <summary>Stores that it is started, where that is asked for; called when its process is known.</summary>
    public Func<Task>? Started { get; set; }

    public bool Acknowledged { get; set; }

    /// <summary>Its start was already counted by the rate limit.</summary>
    public bool RateReserved { get; set; }

    /// <summary>Set while the method runs; cancels its token.</summary>
    public CancellationTokenSource? Running { get; set; }

    /// <summary>Completes when the worker no longer waits for the method: a hard limit passed, the task was terminated, or the worker ends.</summary>
    public TaskCompletionSource<Exception>? GivenUp { get; set; }

    public string Id => Headers.Id;
}
