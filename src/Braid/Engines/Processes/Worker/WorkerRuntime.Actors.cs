using Braid.Actors;
using Braid.Execution;
using Braid.Scheduling;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

// Actors that live on this worker.
internal sealed partial class WorkerRuntime
{
    /// <summary>By the actor's id. Guarded by the gate.</summary>
    private readonly Dictionary<long, WorkerActorHost> _hosts = [];

    /// <summary>A life that comes makes its host, a call finds it and its turns.</summary>
    private (WorkerActorHost Host, MachineLane? Lane) ReadActor(ref FrameReader body, long id, int attempt)
    {
        var part = body.Int32();
        if (part == 0)
        {
            var setup = Packer.Unpack<ActorSetup>(ReadPayload(ref body));
            var snapshot = body.Byte() == 0 ? null : ReadPayload(ref body);
            var made = new WorkerActorHost(this, id, attempt, setup, snapshot);
            lock (_gate)
                _hosts[id] = made;
            return (made, null);
        }

        var actor = body.Int64();
        lock (_gate)
        {
            return _hosts.TryGetValue(actor, out var host) && part <= host.Lanes.Length
                ? (host, host.Lanes[part - 1])
                : throw new WireException($"Call {id} is for group {part} of actor {actor}, which does not live here.");
        }
    }

    private void OnStopActor(ref FrameReader body)
    {
        var id = body.Int64();
        var attempt = body.Int32();
        var dispose = body.Byte() != 0;
        WorkerTask? life;
        lock (_gate)
            life = _machine.Find(id, attempt) as WorkerTask;
        if (life is { Host: { } host, Execution: { } execution })
            host.End(dispose, execution, error => ActorEnded(life, dispose, error));
    }

    public void ActorStarted(WorkerTask life)
    {
        lock (_gate)
            Signal(FrameKind.ActorStarted, life);
        FlushIfMany();
    }

    public void SendSnapshot(ActorHost host, Payload snapshot)
    {
        lock (_gate)
        {
            _outgoing.Begin(FrameKind.Snapshot);
            _outgoing.Number(host.Id);
            _outgoing.Number(host.Incarnation);
            snapshot.WriteTo(_outgoing);
            _outgoing.End();
        }

        FlushIfMany();
        // What it refers to must be held here until the driver has heard of it.
        GC.KeepAlive(snapshot);
    }

    private void ActorEnded(WorkerTask life, bool disposed, Exception? error)
    {
        lock (_gate)
            _hosts.Remove(life.Id);
        if (error is not null)
            Failed(life, error);
        else if (disposed)
            Completed(life, Payload.Empty, 0);
        else
            Cancelled(life);
    }
}
