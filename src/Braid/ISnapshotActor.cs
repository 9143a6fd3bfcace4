namespace Braid;

/// <summary>
/// An actor whose state outlives its worker: the driver keeps the last snapshot, and a restarted instance, once its constructor lambda has
/// returned, is given it before any call.
/// </summary>
/// <typeparam name="TState">Must be able to travel, as any result.</typeparam>
/// <remarks>
/// Snapshots are taken after every <see cref="ActorOptions.SnapshotEvery"/> calls, before the last of these ends for its caller, and on
/// <see cref="ActorContext.TakeSnapshot"/>. A death of the worker loses what calls did after the last snapshot; with the default of 1, only calls that
/// had not ended for their callers. A call whose snapshot cannot be taken fails. The driver's own death loses all.
/// </remarks>
public interface ISnapshotActor<TState>
{
    /// <summary>The state as it is now. No other code of the actor runs meanwhile, except where it is <see cref="ActorThreading.Parallel"/>.</summary>
    TState TakeSnapshot();

    /// <summary>Puts the state into a new instance.</summary>
    void Restore(TState state);
}
