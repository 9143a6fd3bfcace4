using Braid.Driver;

namespace Braid;

/// <summary>What may happen between two awaits of an actor's calls when several are under way.</summary>
public enum ActorThreading
{
    /// <summary>One thread at a time runs the actor's code: calls interleave at their awaits only (those without <c>ConfigureAwait(false)</c>).</summary>
    Interleaved,

    /// <summary>Calls run on threads of their own: the class must be safe for that.</summary>
    Parallel,
}

/// <summary>How an actor is made, how long it lives and what it takes. Immutable: change it with <c>with</c>.</summary>
public sealed record ActorOptions
{
    private static readonly Dictionary<string, double> NoResources = [];

    /// <summary>What an actor without options gets.</summary>
    public static ActorOptions Default { get; } = new();

    /// <summary>
    /// Unique in the cluster while the actor lives: others find it by <see cref="Cluster.GetActor{T}"/>. A named actor lives until it is stopped or the
    /// cluster ends. At most 1,024 characters. Default: none.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The actor lives until it is stopped or the cluster ends, also when no handle to it can be reached. Default: false.</summary>
    public bool Detached { get; init; }

    /// <summary>
    /// How often the actor is made again, by its constructor lambda, after its worker died; from 0 to 1000. Its state is lost, unless it is an
    /// <see cref="ISnapshotActor{TState}"/>. Default 0.
    /// </summary>
    public int MaxRestarts { get; init; }

    /// <summary>
    /// How often a call may run again after the actor's worker died under it, where the actor restarts; from 0 to 1000. Default 0: a call runs at
    /// most once, and one that may have run fails with <see cref="ActorRestartedException"/>.
    /// </summary>
    public int MaxCallRetries { get; init; }

    /// <summary>How many calls may be under way at once; from 1 to 10,000. Default 1.</summary>
    public int MaxConcurrency { get; init; } = 1;

    /// <summary>What several calls under way may do to each other. Without effect while one is under way at a time. Default: interleaved.</summary>
    public ActorThreading Threading { get; init; }

    /// <summary>
    /// Groups of calls with turns of their own, by name: how many calls of the group may be under way at once, from 1 to 10,000, beside those of other
    /// groups. A call names its group in <see cref="CallOptions.Group"/>. At most 64 groups. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, int> ConcurrencyGroups { get; init; } = new Dictionary<string, int>();

    /// <summary>What the actor occupies on its worker for as long as it lives, as in <see cref="TaskOptions.Resources"/>. Default: nothing, no slot either.</summary>
    public IReadOnlyDictionary<string, double>? Resources { get; init; }

    /// <summary>
    /// How many calls may be pending, give or take a few that are sent at the same moment; one more fails with <see cref="ActorMailboxFullException"/>,
    /// so await some, or <see cref="ActorRef.WaitForRoomAsync"/>, before. Default 100,000; at least 1.
    /// </summary>
    public int MailboxCapacity { get; init; } = 100_000;

    /// <summary>Stops the actor when no call was pending for so long, and at the latest a quarter of it later. Default: never.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Stops the actor so long after its constructor first returned; calls pending then are served. Default: never.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Stops the actor when it has served so many calls. Default: never. At least 1.</summary>
    public long? MaxCalls { get; init; }

    /// <summary>
    /// For an <see cref="ISnapshotActor{TState}"/>: after how many calls a snapshot is taken. Default 1: no call that its caller saw succeed is lost. 0 takes
    /// none by number.
    /// </summary>
    public int SnapshotEvery { get; init; } = 1;

    internal bool LivesOnItsOwn => Detached || Name is not null;

    internal void Check()
    {
        ActorOptionsCheck.Range(MaxRestarts, 0, 1000, nameof(MaxRestarts));
        ActorOptionsCheck.Range(MaxCallRetries, 0, 1000, nameof(MaxCallRetries));
        ActorOptionsCheck.Range(MaxConcurrency, 1, 10_000, nameof(MaxConcurrency));
        ActorOptionsCheck.Range(ConcurrencyGroups.Count, 0, 64, nameof(ConcurrencyGroups));
        foreach (var (group, concurrency) in ConcurrencyGroups)
            ActorOptionsCheck.Range(concurrency, 1, 10_000, $"{nameof(ConcurrencyGroups)}['{group}']");
        ActorOptionsCheck.Range(MailboxCapacity, 1, int.MaxValue, nameof(MailboxCapacity));
        ActorOptionsCheck.Range(SnapshotEvery, 0, int.MaxValue, nameof(SnapshotEvery));
        ActorOptionsCheck.Range(Name?.Length ?? 1, 1, 1024, "the length of Name");
        ActorOptionsCheck.Positive(IdleTimeout, nameof(IdleTimeout));
        ActorOptionsCheck.Positive(MaxAge, nameof(MaxAge));
        if (MaxCalls is < 1)
            throw new ArgumentOutOfRangeException(nameof(MaxCalls), MaxCalls, "MaxCalls must be at least 1, or null for no limit.");
        foreach (var (name, amount) in Resources ?? NoResources)
            ResourceUnits.Of(name, amount);
    }

    /// <summary>With dictionaries of a kind that travels, whatever the user's are.</summary>
    internal ActorOptions Travelling() => this with
    {
        Resources = Resources is null ? null : new Dictionary<string, double>(Resources),
        ConcurrencyGroups = new Dictionary<string, int>(ConcurrencyGroups),
    };
}

internal static class ActorOptionsCheck
{
    /// <summary>What the timers of the system take, some 49 days.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    public static void Range(int value, int least, int most, string what)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"ActorOptions: {what} must be from {least} to {most}.");
    }

    public static void Positive(TimeSpan? value, string what)
    {
        if (value is { } time && (time <= TimeSpan.Zero || time > TimeMax))
            throw new ArgumentOutOfRangeException(nameof(value), value, $"ActorOptions.{what} must be positive and at most {TimeMax.TotalDays:F0} days, or null.");
    }
}
