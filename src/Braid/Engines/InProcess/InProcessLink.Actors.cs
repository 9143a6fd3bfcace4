using Braid.Actors;
using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

// Actors that live on this worker.
internal sealed partial class InProcessLink
{
    /// <summary>By the actor's id. Guarded by <see cref="_gate"/>.</summary>
    private readonly Dictionary<long, InProcessActorHost> _hosts = [];

    /// <summary>A life that comes makes its host, a call finds it. Under the gate.</summary>
    private InProcessActorHost? HostOf(TaskRecord task)
    {
        if (task.Role is null)
            return null;
        if (task is ActorRecord actor)
            return _hosts[actor.Id] = new InProcessActorHost(this, actor, actor.Attempt);
        return _hosts[task.Role.Actor.Life.Id];
    }

    /// <summary>Under the gate.</summary>
    private void EndActor(ActorRecord actor, int attempt)
    {
        if (_machine.Find(actor.Id, attempt) is not InProcessTask { Host: { } host, Execution: { } execution } life)
            return;
        var killed = actor.Node.Killed;
        host.End(!killed, execution, error => ActorEnded(life, killed, error));
    }

    private void ActorEnded(InProcessTask life, bool killed, Exception? error)
    {
        lock (_gate)
            _hosts.Remove(life.Id);
        if (error is not null)
            Failed(life, error);
        else if (killed)
            Cancelled(life);
        else
            Completed(life, 0, isAwaited: true);
    }
}
