using Braid.Coordination;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

// What the driver says of locks, queues and the like, and of waits that would never end.
internal sealed partial class WorkerRuntime
{
    private void OnCoordinated(ref FrameReader body)
    {
        var call = body.Int64();
        var kind = (OutcomeKind)body.Byte();
        var number = body.Int64();
        var abandoned = body.Byte() != 0;
        var text = body.Text();
        var items = new object[body.Count()];
        for (var i = 0; i < items.Length; i++)
            items[i] = ReadPayload(ref body);
        Backend.Coordination.Answered(call, new Outcome(kind, number, abandoned, items, text.Length == 0 ? null : text));
    }

    private void OnDeadlock(ref FrameReader body)
    {
        var id = body.Int64();
        var attempt = body.Int32();
        var message = body.Text();
        var members = new DeadlockMember[body.Count()];
        for (var i = 0; i < members.Length; i++)
            members[i] = new DeadlockMember(body.Int64(), body.Text(), body.Int32(), body.Text());
        WorkerExecution? execution;
        lock (_gate)
            execution = (_machine.Find(id, attempt) as WorkerTask)?.Execution;
        execution?.Break(new DeadlockException(message, members));
    }
}
