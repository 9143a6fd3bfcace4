using System.Collections.Concurrent;
using Braid.Coordination;
using Braid.Coordination.Client;
using Braid.Execution;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

/// <summary>Locks, queues and the like as tasks on this worker reach them: by frames.</summary>
internal sealed class WorkerCoordination(WorkerRuntime runtime, WorkerBackend backend) : CoordinationBackend(backend)
{
    /// <summary>Calls that an answer is awaited for. It also keeps the code alive that waits.</summary>
    private readonly ConcurrentDictionary<long, CoordinationCall> _calls = new();

    private long _lastCall;

    public override IObjectState Create(PrimitiveKind kind, long number, string? name, object? value)
    {
        var state = runtime.Objects.Get(backend.NewId());
        state.Count();
        state.SetValue(Payload.Empty);
        runtime.Send(frame =>
        {
            frame.Begin(FrameKind.Coordinate);
            frame.Byte((byte)Operation.Create);
            frame.Number(state.Id);
            frame.Byte((byte)kind);
            frame.Number(number);
            frame.Text(name ?? "");
            frame.Byte(value is null ? (byte)0 : (byte)1);
            (value as Payload)?.WriteTo(frame);
            frame.End();
        });
        // What the value refers to must be held here until the driver has heard of it.
        GC.KeepAlive(value);
        return state;
    }

    public override object Wrap<T>(T value) => runtime.Packer.Pack(value);

    public override T Unwrap<T>(object item) => runtime.Packer.Unpack<T>((Payload)item);

    public override void End(CoordinationCall call)
    {
        _calls.TryRemove(call.Number, out _);
        runtime.Send(frame =>
        {
            frame.Begin(FrameKind.Coordinate);
            frame.Byte((byte)Operation.End);
            frame.Number(call.Number);
            frame.End();
        });
    }

    public override void Acknowledge(CoordinationCall call, int count) => runtime.Send(frame =>
    {
        frame.Begin(FrameKind.Coordinate);
        frame.Byte((byte)Operation.Acknowledge);
        frame.Number(call.Number);
        frame.Number(count);
        frame.End();
    });

    /// <summary>Called by the link's reader. Whoever asked may have gone meanwhile: then it has said so, and the driver takes back what it granted.</summary>
    public void Answered(long number, in Outcome outcome)
    {
        if (!_calls.TryGetValue(number, out var call))
            return;
        if (outcome.Kind != OutcomeKind.Waiting)
            _calls.TryRemove(number, out _);
        call.Answer(outcome);
    }

    protected override CoordinationCall Send(Operation operation, IObjectState[] targets, Question question, TaskExecution? execution)
    {
        var call = new CoordinationCall(Interlocked.Increment(ref _lastCall));
        _calls[call.Number] = call;
        try
        {
            runtime.Send(frame => Write(frame, call, operation, targets, question, execution));
        }
        catch
        {
            _calls.TryRemove(call.Number, out _);
            throw;
        }

        GC.KeepAlive(question.Items);
        return call;
    }

    private static void Write(
        FrameWriter frame, CoordinationCall call, Operation operation, IObjectState[] targets, Question question, TaskExecution? execution)
    {
        frame.Begin(FrameKind.Coordinate);
        frame.Byte((byte)operation);
        frame.Number(call.Number);
        frame.Number(execution?.Id ?? 0);
        frame.Number(execution?.Attempt ?? 0);
        frame.Number(question.Number);
        frame.Byte(question.IsTry ? (byte)1 : (byte)0);
        frame.Number(targets.Length);
        foreach (var target in targets)
            frame.Number(target.Id);
        frame.Number(question.Items?.Length ?? 0);
        foreach (var item in question.Items ?? [])
            ((Payload)item).WriteTo(frame);
        frame.End();
    }
}
