using Braid.Driver;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Scheduling;
using Braid.Serialization;
using Braid.Wire;

namespace Braid.Engines.Processes;

// The thread that reads what the worker sends, and posts everything that one read brought at once.
internal sealed partial class ProcessLink
{
    private readonly StructList<DriverEvent> _events = [];

    /// <summary>Functions that the worker has named, by its own number.</summary>
    private readonly Dictionary<int, FunctionDefinition> _functions = [];

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lone continuations that went to the pool first: while a program starts, no thread is worth starting for them.</summary>
    private const int LoneMin = 16;

    private readonly ReadingTurn _reading;
    private int _lone;

    private void StartReading() => _session.Readers.Run(_read);

    private void Read()
    {
        string? why = null;
        try
        {
            while (true)
            {
                if (!_socket.TryReceive(Handle))
                    _socket.Poll(LocalSocket.Forever);
                if (_events.Count > 0 && !PostAndWake())
                    return;
            }
        }
        catch (EndOfStreamException)
        {
            // The ordinary end: the process is gone, or told to go.
        }
        catch (Exception exception)
        {
            // Whatever a worker sends, it is the worker's end and not the driver's.
            why = $"it sent what it should not: {exception.Message}";
        }

        if (_events.Count > 0)
            _session.Driver.Post(_events);
        _ = TellOfEndAsync(why);
    }

    /// <summary>
    /// Posts what came. When that was the answer that somebody waited for, and nothing else is under way, this thread goes on with who waited: a call
    /// there and back costs one switch of threads less. False when the reading has passed to another thread meanwhile.
    /// </summary>
    private bool PostAndWake()
    {
        Wakeups.Collect();
        _session.Driver.Post(_events);
        _events.Clear();
        var lone = Wakeups.TakeLone(_session.Driver.IsIdle && ++_lone > LoneMin);
        return lone is null || _reading.TryRun(lone);
    }

    private async Task TellOfEndAsync(string? why)
    {
        Volatile.Write(ref _lost, 1);
        _session.Watch.Remove(_reading);
        // A process that has closed its link has no more to do here: usually it is gone already.
        if (why is not null || await Task.WhenAny(_child.Ended, Task.Delay(StopPatience)).ConfigureAwait(false) != _child.Ended)
            _child.Kill();
        await _child.Ended.ConfigureAwait(false);
        _ready.TrySetException(new BraidException($"Worker {Id} ended while it started: {_child.DescribeEnd()}"));
        _socket.Dispose();
        _exports.Close();
        var error = new WorkerLostException($"Worker {Id} (process {ProcessId}) was lost: {why ?? _reason ?? _child.DescribeEnd()}", Id, _child.ExitCode);
        _session.Gone(_child);
        _session.Driver.Post(new DriverEvent(DriverEventKind.WorkerLost, this, 0, 0, _blamed, error));
    }

    /// <summary>How long a worker whose link has ended may take to end itself.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private void Handle(FrameKind kind, FrameReader body)
    {
        _heard = true;
        var before = _events.Count;
        try
        {
            Take(kind, ref body);
            body.End();
        }
        catch
        {
            // Of a frame that breaks the grammar nothing is believed.
            _events.Truncate(before);
            throw;
        }
    }

    private void Take(FrameKind kind, ref FrameReader body)
    {
        switch (kind)
        {
            case FrameKind.Completed:
                OnCompleted(ref body);
                break;
            case FrameKind.Failed:
                var failed = ReadAttempt(ref body);
                Add(DriverEventKind.Failed, failed, payload: TaskError.ReadFrom(ref body, _exports.Find, _session.Packer));
                break;
            case FrameKind.CancelledOn:
                Add(DriverEventKind.CancelledOn, ReadAttempt(ref body));
                break;
            case FrameKind.Returned:
                Add(DriverEventKind.Returned, ReadAttempt(ref body));
                break;
            case FrameKind.NotReturned:
                Add(DriverEventKind.NotReturned, ReadAttempt(ref body));
                break;
            case FrameKind.Blocked:
                OnBlocked(ref body);
                break;
            case FrameKind.Unblock:
                Add(DriverEventKind.Unblocked, ReadAttempt(ref body));
                break;
            case FrameKind.StreamItem:
                Add(DriverEventKind.StreamItem, ReadAttempt(ref body), payload: ReadPayload(ref body));
                break;
            case FrameKind.Progress:
                Add(DriverEventKind.Progress, ReadAttempt(ref body), number: BitConverter.DoubleToInt64Bits(body.Double()));
                break;
            case FrameKind.Define:
                _functions[body.Int32()] = _session.Functions.Of(ReadLambda(body.Bytes()));
                break;
            case FrameKind.Submit:
                OnSubmit(ref body);
                break;
            case FrameKind.Put:
                OnPut(ref body);
                break;
            case FrameKind.Release:
                for (var count = body.Count(); count > 0; count--)
                    _exports.Release(body.Int64(), body.Int64());
                break;
            case FrameKind.Subscribe:
                OnSubscribe(body.Int64());
                break;
            case FrameKind.Pong:
                break;
            case FrameKind.Lost:
                Add(DriverEventKind.ValueLost, (0, 0), FindRecord(body.Int64()), number: (long)body.Number());
                break;
            case FrameKind.Consumed:
                Add(DriverEventKind.StreamCredit, (0, 0), FindRecord(body.Int64()), number: body.Int32());
                break;
            case FrameKind.CancelReference:
                Add(DriverEventKind.Cancel, (0, 0), FindRecord(body.Int64()), number: body.Byte());
                break;
            case FrameKind.Overrun:
                Add(DriverEventKind.Overrun, ReadAttempt(ref body));
                break;
            case FrameKind.Coordinate:
                OnCoordinate(ref body);
                break;
            case FrameKind.Call:
                OnCall(ref body);
                break;
            case FrameKind.StartActor:
                OnStartActor(ref body);
                break;
            case FrameKind.GetActor:
                OnGetActor(ref body);
                break;
            case FrameKind.ActorStarted:
                Add(DriverEventKind.Actor, ReadAttempt(ref body), number: (long)ActorEvent.Started);
                break;
            case FrameKind.Snapshot:
                OnSnapshot(ref body);
                break;
            case FrameKind.AskForRoom:
                OnAskForRoom(ref body);
                break;
            case FrameKind.EndActor:
                OnEndActor(ref body);
                break;
            case FrameKind.Ready:
                OnReady(body.Text());
                break;
            default:
                throw new WireException($"A worker sent a frame of kind {(byte)kind}, which is not one of its.");
        }
    }

    private static (long Id, int Attempt) ReadAttempt(ref FrameReader body) => (body.Int64(), body.Int32());

    private Payload ReadPayload(ref FrameReader body) => Payload.ReadFrom(ref body, _exports.Find, _session.Packer);

    private static Lambda ReadLambda(ReadOnlySpan<byte> bytes)
    {
        var reader = new ObjectReader();
        reader.Reset(bytes.ToArray());
        return Lambda.ReadDefinition(reader);
    }

    private void Add(DriverEventKind kind, (long Id, int Attempt) attempt, object? subject = null, object? payload = null, long number = 0) =>
        _events.Add(new DriverEvent(kind, this, attempt.Id, attempt.Attempt, subject, payload, number));

    private void OnCompleted(ref FrameReader body)
    {
        var attempt = ReadAttempt(ref body);
        var elapsed = body.Int64();
        Add(DriverEventKind.Completed, attempt, payload: ReadPayload(ref body), number: elapsed);
    }

    private void OnSubmit(ref FrameReader body)
    {
        var id = body.Int64();
        if (!_functions.TryGetValue(body.Int32(), out var function))
            throw new WireException("A worker submits a function that it has not named.");
        var flags = (SubmitFlags)body.Byte();
        var isStream = flags.HasFlag(SubmitFlags.Stream);
        var options = body.Byte() == 0 ? TaskOptions.Default : _session.Packer.Unpack<TravellingOptions?>(ReadPayload(ref body))?.ToOptions()
            ?? throw new WireException("A worker submits a task whose options are null.");
        var captures = ReadPayload(ref body);
        if (flags.HasFlag(SubmitFlags.Cancelled))
            options = options with { CancellationToken = new CancellationToken(canceled: true) };
        var record = new TaskRecord<Nothing>(_session.Driver, id, options);
        _exports.Add(record);
        if (isStream)
            record.Stream = new RemoteStreamSink(this, record);
        try
        {
            _session.Driver.Admit(record, new ProcessSpec(function, captures, isStream), captures.References);
            Add(DriverEventKind.Submit, (id, 0), record);
        }
        catch (InvalidOperationException exception)
        {
            Add(DriverEventKind.Reject, (id, 0), record, exception);
        }

        if (isStream)
            Add(DriverEventKind.Subscribe, (0, 0), record);
    }

    private void OnPut(ref FrameReader body)
    {
        var record = new TaskRecord<Nothing>(_session.Driver, body.Int64(), TaskOptions.Default);
        _exports.Add(record);
        record.Accept(ReadPayload(ref body));
        Add(DriverEventKind.Put, (record.Id, 0), record);
    }

    private void OnReady(string error)
    {
        if (error.Length == 0)
            _ready.TrySetResult();
        else
            _ready.TrySetException(new BraidException($"ClusterOptions.WorkerInitializer failed on worker {Id}: {error}"));
    }
}
