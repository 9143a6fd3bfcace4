using Braid.Execution;
using Braid.Lambdas;
using Braid.Objects;
using Braid.Scheduling;
using Braid.Serialization;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

// What the driver says. Called by whichever thread reads the link, one at a time.
internal sealed partial class WorkerRuntime
{
    /// <summary>Functions by the driver's number, or why one cannot be had. Touched by the reading thread.</summary>
    private readonly Dictionary<int, (Lambda? Lambda, Exception? Broken)> _functions = [];

    /// <summary>References whose values have come for an assignment that follows. Touched by the reading thread.</summary>
    private readonly List<RemoteObject> _arriving = [];

    /// <summary>Finished tasks whose results may be asked for by dependents here. Guarded by the gate.</summary>
    private readonly Dictionary<long, WorkerTask> _kept = [];

    /// <summary>A stream's buffer is never larger.</summary>
    private const int CreditMax = 65_536;

    /// <summary>The most that a timer takes, some 49 days.</summary>
    private const long TimeLimitMsMax = uint.MaxValue - 1;

    private void Handle(FrameKind kind, FrameReader body)
    {
        switch (kind)
        {
            case FrameKind.Welcome:
                OnWelcome(ref body);
                break;
            case FrameKind.Define:
                OnDefine(body.Int32(), body.Bytes());
                break;
            case FrameKind.Value:
                OnValue(ref body);
                break;
            case FrameKind.Assign:
                OnAssign(ref body);
                break;
            case FrameKind.Cancel:
                OnAttempt(ref body, static (machine, id, attempt) => machine.Cancel(id, attempt));
                break;
            case FrameKind.Reclaim:
                OnAttempt(ref body, static (machine, id, attempt) => machine.Reclaim(id, attempt));
                break;
            case FrameKind.Resume:
                OnAttempt(ref body, static (machine, id, attempt) => machine.Resume(id, attempt));
                break;
            case FrameKind.StreamCredit:
                OnStreamCredit(ref body);
                break;
            case FrameKind.Item:
                Backend.OnItem(body.Int64(), ReadPayload(ref body));
                break;
            case FrameKind.Coordinated:
                OnCoordinated(ref body);
                break;
            case FrameKind.Deadlock:
                OnDeadlock(ref body);
                break;
            case FrameKind.StopActor:
                OnStopActor(ref body);
                break;
            case FrameKind.Ping:
                Send(static frame =>
                {
                    frame.Begin(FrameKind.Pong);
                    frame.End();
                });
                break;
            case FrameKind.Trim:
                Trim();
                break;
            case FrameKind.Retire:
                _retired = true;
                break;
            default:
                throw new WireException($"The driver sent a frame of kind {(byte)kind}, which is not one of its.");
        }

        body.End();
    }

    private void OnWelcome(ref FrameReader body)
    {
        Packer = new Packer(SegmentStore.Open(_place.MemoryDirectory, _place.SpillDirectory, Id)) { Home = Backend };
        Slots = body.Int32();
        CancelGrace = TimeSpan.FromMilliseconds(body.Int64());
        _machine = new WorkerMachine(Slots);
        var error = "";
        if (body.Byte() != 0)
        {
            var (lambda, broken) = _functions[body.Int32()];
            var captures = ReadPayload(ref body);
            try
            {
                if (broken is not null)
                    throw broken;
                ((Action)Packer.UnpackCaptures(lambda!, captures))();
            }
            catch (Exception exception)
            {
                error = exception.ToString();
            }
        }

        Send(frame =>
        {
            frame.Begin(FrameKind.Ready);
            frame.Text(error);
            frame.End();
        });
        _threads = new WorkerThreads(this, Slots);
    }

    private void OnDefine(int id, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new ObjectReader();
            reader.Reset(bytes.ToArray());
            _functions[id] = (Lambda.ReadDefinition(reader), null);
        }
        catch (Exception exception)
        {
            // The tasks that run it say so, each to its own submitter.
            _functions[id] = (null, exception);
        }
    }

    private void OnValue(ref FrameReader body)
    {
        var value = Objects.Get(body.Int64());
        _arriving.Add(value);
        var status = (ObjectStatus)body.Byte();
        if (status == ObjectStatus.Ready)
            value.SetValue(ReadPayload(ref body));
        else
            value.SetError(status, TaskError.ReadFrom(ref body, Received, Packer));
        // Values that nobody here waits for any more must not pile up until the next assignment.
        if (_arriving.Count > 100_000)
            _arriving.Clear();
    }

    private void OnAssign(ref FrameReader body)
    {
        var id = body.Int64();
        var attempt = body.Int32();
        if (!_functions.TryGetValue(body.Int32(), out var function))
            throw new WireException($"Task {id} runs a function that was not told.");
        var flags = (AssignFrame.Flags)body.Byte();
        var streamCredit = flags.HasFlag(AssignFrame.Flags.Stream) ? body.Int32() : 0;
        TimeSpan? limit = flags.HasFlag(AssignFrame.Flags.TimeLimit) ? TimeSpan.FromMilliseconds(Math.Min(body.Int64(), TimeLimitMsMax)) : null;
        var name = flags.HasFlag(AssignFrame.Flags.Name) ? body.Text() : null;
        var cores = flags.HasFlag(AssignFrame.Flags.Cores) ? body.Int64() : ResourceNeed.Unit;
        var trace = flags.HasFlag(AssignFrame.Flags.Trace) ? body.Text() : null;
        var priority = flags.HasFlag(AssignFrame.Flags.Priority) ? (int)body.Signed() : 0;
        long[] local = flags.HasFlag(AssignFrame.Flags.LocalDependencies) ? new long[body.Count()] : [];
        for (var i = 0; i < local.Length; i++)
            local[i] = body.Int64();
        var (host, lane) = flags.HasFlag(AssignFrame.Flags.Actor) ? ReadActor(ref body, id, attempt) : default;
        var task = new WorkerTask
        {
            Host = host,
            Lane = lane,
            Id = id,
            Attempt = attempt,
            Cores = cores,
            Priority = priority,
            Lambda = function.Lambda,
            Broken = function.Broken,
            Captures = ReadPayload(ref body),
            GivenName = name,
            TimeLimit = limit,
            StreamCredit = streamCredit,
            TraceParent = trace,
        };
        _arriving.Clear();
        lock (_gate)
        {
            foreach (var dependency in local)
            {
                if (_kept.TryGetValue(dependency, out var finished))
                    Objects.Find(dependency)?.SetValue(finished.Result!);
            }

            _machine.Assign(task, local);
            CarryOut();
        }
    }

    private void OnAttempt(ref FrameReader body, Action<WorkerMachine, long, int> tell)
    {
        var id = body.Int64();
        var attempt = body.Int32();
        lock (_gate)
        {
            tell(_machine, id, attempt);
            CarryOut();
        }

        if (!WorkerThreads.Loops)
            Flush();
    }

    private void OnStreamCredit(ref FrameReader body)
    {
        var id = body.Int64();
        var attempt = body.Int32();
        var items = body.Int32();
        if (items is 0 or > CreditMax)
            throw new WireException($"A credit of {items} items.");
        lock (_gate)
        {
            if (_streams.TryGetValue(id, out var stream) && stream.Attempt == attempt)
                stream.Execution?.AddCredit(items);
        }
    }

    private Payload ReadPayload(ref FrameReader body) => Payload.ReadFrom(ref body, Received, Packer);

    /// <summary>The driver counts each reference that it sends.</summary>
    private RemoteObject Received(long id)
    {
        var received = Objects.Get(id);
        received.Count();
        _mayHoldDropped = true;
        return received;
    }
}
