namespace Braid.Actors;

/// <summary>What of an actor's options its worker needs. Immutable.</summary>
/// <param name="Name">Of the actor, where it has one.</param>
/// <param name="Concurrency">Of each group; the first is that of calls that name none.</param>
/// <param name="Interleaved">One thread at a time, although several calls may be under way.</param>
/// <param name="SnapshotEvery">Calls from one snapshot to the next; 0 takes none by number.</param>
internal sealed record ActorSetup(string? Name, int[] Concurrency, bool Interleaved, int SnapshotEvery)
{
    public static ActorSetup Of(ActorOptions options) => new(
        options.Name,
        [options.MaxConcurrency, .. options.ConcurrencyGroups.Values],
        options.Threading == ActorThreading.Interleaved && (options.MaxConcurrency > 1 || options.ConcurrencyGroups.Count > 0),
        options.SnapshotEvery);
}
