using Braid.Coordination;
using Braid.Driver;
using Braid.Execution;
using Braid.Scheduling;
using Braid.Wire;

namespace Braid.Engines.Processes;

// What tasks of the worker ask of locks, queues and the like, and what they wait for.
internal sealed partial class ProcessLink
{
    /// <summary>Queues that one take may wait for.</summary>
    private const int TargetsMax = 4096;

    public override void Answer(long call, in Outcome outcome)
    {
        _outgoing.Begin(FrameKind.Coordinated);
        _outgoing.Number(call);
        _outgoing.Byte((byte)outcome.Kind);
        _outgoing.Number(outcome.Number);
        _outgoing.Byte(outcome.Abandoned ? (byte)1 : (byte)0);
        _outgoing.Text(outcome.Text ?? "");
        _outgoing.Number(outcome.Items?.Length ?? 0);
        foreach (var item in outcome.Items ?? [])
            WritePayload((Payload)item);
        _outgoing.End();
    }

    public override void Break(TaskRecord task, int attempt, DeadlockException deadlock)
    {
        Begin(FrameKind.Deadlock, task, attempt);
        _outgoing.Text(deadlock.Message);
        _outgoing.Number(deadlock.Members.Count);
        foreach (var member in deadlock.Members)
        {
            _outgoing.Number(member.TaskId);
            _outgoing.Text(member.Name);
            _outgoing.Number(member.WorkerId);
            _outgoing.Text(member.WaitsFor);
        }

        _outgoing.End();
    }

    private void OnCoordinate(ref FrameReader body)
    {
        var operation = (Operation)body.Byte();
        switch (operation)
        {
            case Operation.Create:
                OnCreate(ref body);
                break;
            case Operation.End:
                Add(DriverEventKind.CoordinationOver, (body.Int64(), 0), number: -1);
                break;
            case Operation.Acknowledge:
                Add(DriverEventKind.CoordinationOver, (body.Int64(), 0), number: body.Int32());
                break;
            case >= Operation.Acquire and <= Operation.Dispose:
                OnRequest(operation, ref body);
                break;
            default:
                throw new WireException($"A worker asks for operation {(byte)operation}, which there is not.");
        }
    }

    private void OnCreate(ref FrameReader body)
    {
        var record = new PrimitiveRecord(_session.Driver, body.Int64());
        _exports.Add(record);
        var kind = (PrimitiveKind)body.Byte();
        if (kind is < PrimitiveKind.Lock or > PrimitiveKind.Variable)
            throw new WireException($"A worker makes a primitive of kind {(byte)kind}, which there is not.");
        var number = body.Int64();
        var name = body.Text();
        var value = body.Byte() == 0 ? null : ReadPayload(ref body);
        Add(DriverEventKind.Coordinate, (0, 0), new CoordinationMessage
        {
            Operation = Operation.Create,
            Targets = [record],
            Kind = kind,
            Number = number,
            Name = name.Length == 0 ? null : name,
            Items = value is null ? [] : [value],
        });
    }

    private void OnRequest(Operation operation, ref FrameReader body)
    {
        var call = body.Int64();
        var attempt = ReadAttempt(ref body);
        var number = body.Int64();
        var isTry = body.Byte() != 0;
        var targets = new PrimitiveRecord[body.Count()];
        if (targets.Length is 0 or > TargetsMax)
            throw new WireException($"A request to {targets.Length} primitives.");
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = _exports.Find(body.Int64()) as PrimitiveRecord
                ?? throw new WireException("A worker takes a reference to a value for one to a primitive.");
        }

        var items = new object[body.Count()];
        for (var i = 0; i < items.Length; i++)
            items[i] = ReadPayload(ref body);
        Add(DriverEventKind.Coordinate, attempt, new CoordinationMessage
        {
            Operation = operation,
            Targets = targets,
            Number = number,
            IsTry = isTry,
            Items = items,
            CallNumber = call,
        });
    }

    private void OnBlocked(ref FrameReader body)
    {
        var attempt = ReadAttempt(ref body);
        var endsByItself = body.Byte() != 0;
        var needed = body.Int32();
        var underWay = body.Int32();
        var call = body.Int64();
        var waits = new TaskNode[body.Count()];
        for (var i = 0; i < waits.Length; i++)
            waits[i] = FindRecord(body.Int64());
        Add(DriverEventKind.Blocked, attempt, new BlockedOn(waits, needed, endsByItself, null, call, underWay));
    }
}
