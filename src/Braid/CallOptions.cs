namespace Braid;

/// <summary>How one call of an actor is to run. Immutable: change it with <c>with</c>.</summary>
public sealed record CallOptions
{
    /// <summary>What a call without options gets.</summary>
    public static CallOptions Default { get; } = new();

    /// <summary>Shown in errors, logs and traces; at most 1,024 characters. Default: where the lambda stands in the source.</summary>
    public string? Name { get; init; }

    /// <summary>One of <see cref="ActorOptions.ConcurrencyGroups"/>. Default: the actor's own turns.</summary>
    public string? Group { get; init; }

    /// <summary>
    /// How often the call may run again after the actor's worker died under it; from 0 to 1000. Default: <see cref="ActorOptions.MaxCallRetries"/>.
    /// </summary>
    public int? Retries { get; init; }

    /// <summary>
    /// How long the call may run, from its start. After it its token is signalled; if it has not ended <see cref="ClusterOptions.CancelGrace"/> later
    /// the actor's worker is ended. The call fails with <see cref="TimeoutException"/>. Default: no limit.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Cancels the call (not by force) when signalled. Default: none.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>For calls that yield items: how many may be under way. Default 64; from 1 to 65,536.</summary>
    public int StreamBuffer { get; init; } = 64;

    internal void Check() => ToTaskOptions(0).Check();

    internal TaskOptions ToTaskOptions(int retries) => new()
    {
        Name = Name,
        Retries = Retries ?? retries,
        Timeout = Timeout,
        CancellationToken = CancellationToken,
        StreamBuffer = StreamBuffer,
    };
}
