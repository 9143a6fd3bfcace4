using Braid.Actors;
using Braid.Driver;

namespace Braid.Engines.InProcess;

/// <summary>An actor in the driver's own process. Its snapshots stay here as they are: nothing that outlives the process is lost with a worker.</summary>
internal sealed class InProcessActorHost(InProcessLink link, ActorRecord actor, int incarnation) : ActorHost(actor.Id, incarnation, actor.Setup)
{
    public override IObjectState Self() => actor.Handle();

    protected override void Keep(Snapshots snapshots, object instance) => link.Driver.Post(new DriverEvent(
        DriverEventKind.Actor, link, Id, Incarnation, null, snapshots.Take(instance), (long)ActorEvent.Snapshot));

    protected override void Restore(Snapshots snapshots, object instance, object snapshot) => snapshots.Restore(instance, snapshot, null);
}
