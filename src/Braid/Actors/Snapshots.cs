using System.Collections.Concurrent;
using Braid.Execution;

namespace Braid.Actors;

/// <summary>Takes and restores the snapshots of one class of actors, whatever the type of their state.</summary>
internal abstract class Snapshots
{
    private static readonly ConcurrentDictionary<Type, Snapshots?> Known = new();

    /// <summary>Null for a class that has none.</summary>
    /// <exception cref="InvalidOperationException">It implements the interface for several types of state.</exception>
    public static Snapshots? Of(Type actor) => Known.GetOrAdd(actor, Find);

    public abstract Payload Pack(object actor, Packer packer);

    /// <summary>The state as a <see cref="LocalResult{T}"/>, where it does not leave the process.</summary>
    public abstract object Take(object actor);

    /// <param name="actor">A new instance.</param>
    /// <param name="snapshot">What one of the two above gave.</param>
    /// <param name="packer">Null where nothing is encoded.</param>
    public abstract void Restore(object actor, object snapshot, Packer? packer);

    private static Snapshots? Find(Type actor)
    {
        Type? found = null;
        foreach (var type in actor.GetInterfaces())
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(ISnapshotActor<>))
                continue;
            if (found is not null)
                throw new InvalidOperationException($"{actor} is an ISnapshotActor<TState> of two types of state: one is expected.");
            found = type;
        }

        return found is null
            ? null
            : (Snapshots)Activator.CreateInstance(typeof(SnapshotsOf<>).MakeGenericType(found.GetGenericArguments()))!;
    }

    private sealed class SnapshotsOf<TState> : Snapshots
    {
        public override Payload Pack(object actor, Packer packer) => packer.Pack(((ISnapshotActor<TState>)actor).TakeSnapshot());

        public override object Take(object actor) => new LocalResult<TState>(((ISnapshotActor<TState>)actor).TakeSnapshot());

        public override void Restore(object actor, object snapshot, Packer? packer) =>
            ((ISnapshotActor<TState>)actor).Restore(
                snapshot is LocalResult<TState> local ? local.Value : packer!.Unpack<TState>((Payload)snapshot));
    }
}
