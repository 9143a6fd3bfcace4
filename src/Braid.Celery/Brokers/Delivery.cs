using Braid.Celery.Wire;

namespace Braid.Celery.Brokers;

/// <summary>A task message that was taken from a queue and is not settled yet.</summary>
internal abstract class Delivery
{
    /// <summary>The queue that it was taken from.</summary>
    public required string Queue { get; init; }
    public string Exchange { get; init; } = "";
    public string RoutingKey { get; init; } = "";
    public bool Redelivered { get; init; }

    /// <summary>How often it was taken before, as far as the broker counts.</summary>
    public long Redeliveries { get; init; }
    public MessageProperties Properties { get; init; } = new();
    public Dictionary<string, object?> Headers { get; init; } = [];
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Why the transport could not read it; null when it could.</summary>
    public string? Malformed { get; init; }

    private int _settled;

    /// <summary>Whether it was acknowledged, rejected or dead-lettered.</summary>
    internal bool IsSettled => Volatile.Read(ref _settled) != 0;

    /// <summary>True for the one call that settles it.</summary>
    private protected bool TrySettle() => Interlocked.Exchange(ref _settled, 1) == 0;

    /// <summary>It is done: the broker forgets it. Sent with the next batch.</summary>
    internal abstract void Ack();

    /// <summary>Back to the front of its queue. Sent with the next batch.</summary>
    internal abstract void Requeue();

    /// <summary>Moves it to the dead-letter queue, <c>&lt;queue&gt;.dead</c>, with a reason.</summary>
    internal abstract Task DeadLetterAsync(string reason, CancellationToken cancellationToken);

    /// <summary>Hands it back to the broker until a time: for tasks that wait longer than this worker wants to keep them in memory.</summary>
    internal abstract Task ParkAsync(DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>The worker has no more work with it: its place in the prefetch window is free.</summary>
    internal abstract void Release();
}
