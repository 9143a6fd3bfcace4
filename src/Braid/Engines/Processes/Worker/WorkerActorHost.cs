using Braid.Actors;
using Braid.Execution;

namespace Braid.Engines.Processes.Worker;

/// <summary>An actor that lives in this worker process; its snapshots go to the driver.</summary>
internal sealed class WorkerActorHost(WorkerRuntime runtime, long id, int incarnation, ActorSetup setup, Payload? snapshot)
    : ActorHost(id, incarnation, setup)
{
    /// <summary>Of the incarnation before; let go once it is restored.</summary>
    private Payload? _snapshot = snapshot;

    /// <summary>Not counted by the driver, which knows what lives here: it does not keep the actor alive by itself.</summary>
    public override IObjectState Self() => runtime.Objects.Get(Id);

    public void Start(object? instance)
    {
        var snapshot = _snapshot;
        _snapshot = null;
        Start(instance, snapshot);
    }

    protected override void Keep(Snapshots snapshots, object instance) => runtime.SendSnapshot(this, snapshots.Pack(instance, runtime.Packer));

    protected override void Restore(Snapshots snapshots, object instance, object snapshot) => snapshots.Restore(instance, snapshot, runtime.Packer);
}
