using Braid.Actors;
using Braid.Execution;

namespace Braid;

/// <summary>What an actor's code can know of the actor: <see cref="Current"/> is null outside of actors.</summary>
public sealed class ActorContext
{
    private readonly ActorHost _host;

    internal ActorContext(ActorHost host) => _host = host;

    /// <summary>The actor whose constructor, call or disposal this code runs in, also after an await; null elsewhere.</summary>
    public static ActorContext? Current => TaskExecution.Current?.Host?.Context;

    /// <summary>As <see cref="ActorRef.Id"/>.</summary>
    public long ActorId => _host.Id;

    /// <summary><see cref="ActorOptions.Name"/>.</summary>
    public string? Name => _host.Setup.Name;

    /// <summary>1 for the first instance, one more for each restart.</summary>
    public int Incarnation => _host.Incarnation;

    /// <summary>
    /// A handle to the actor itself, to hand out or to send itself work. An actor that keeps one, or is in a circle of actors that keep each other's,
    /// lives until it is stopped. To await a call on oneself is a deadlock where one call is under way at a time.
    /// </summary>
    /// <exception cref="InvalidCastException">The actor is no <typeparamref name="T"/>.</exception>
    public ActorRef<T> Self<T>()
    {
        if (_host.Instance is { } instance and not T)
            throw new InvalidCastException($"The actor is a {instance.GetType()}, not a {typeof(T)}.");
        return new ActorRef<T>(_host.Self());
    }

    /// <summary>Takes a snapshot now (see <see cref="ISnapshotActor{TState}"/>): the driver has it before it hears of anything that this code does next.</summary>
    /// <exception cref="InvalidOperationException">The actor is no <see cref="ISnapshotActor{TState}"/>.</exception>
    public void TakeSnapshot() => _host.TakeSnapshot();
}
