using Braid.Driver;
using Braid.Driver.Workers;
using Braid.Execution;
using Braid.Scheduling;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>
/// The driver's end of one worker process. Frames are written while the inbox is drained and sent by <see cref="Flush"/> as far as the
/// worker's socket takes them; what it does not take waits for a writer thread, so a worker that has stopped never stops the driver.
/// </summary>
internal sealed partial class ProcessLink : WorkerLink
{
    private readonly ProcessSession _session;
    private readonly WorkerChild _child;
    private readonly FrameSocket _socket;
    private readonly ClusterOptions _options;
    private readonly Exports _exports;

    /// <summary>Functions that this worker has been told, by number. Touched while the inbox is drained.</summary>
    private readonly HashSet<int> _told = [];

    private readonly Lock _sendGate = new();

    /// <summary>Frames not yet sent. Written while the inbox is drained; sent under <see cref="_sendGate"/>.</summary>
    private readonly FrameWriter _outgoing = new();

    /// <summary>The writer's share: non-null while the worker's socket is full. Guarded by <see cref="_sendGate"/>.</summary>
    private Queue<byte[]>? _backlog;

    private readonly Action _read;
    private TaskRecord? _blamed;
    private int _lost;

    public ProcessLink(ProcessSession session, WorkerChild child, LocalSocket socket, ClusterOptions options)
    {
        _session = session;
        _child = child;
        _options = options;
        _socket = new FrameSocket(socket);
        _exports = new Exports(FindHosted);
        Id = child.Id;
        Slots = options.SlotCount;
        AttemptsLeft = options.TasksPerWorkerMax ?? int.MaxValue;
        Resources = ResourceUnits.OfWorker(options);
        _memory = session.WorkerMemoryBytes is { } bytes ? new MemoryWatch(bytes) : null;
        _read = Read;
        _reading = new ReadingTurn(session.Watch, StartReading);
    }

    public override int ProcessId => _child.ProcessId;

    /// <summary>Tells the worker what it needs to know, and waits until it is ready for tasks.</summary>
    public Task WelcomeAsync()
    {
        var initializer = _session.Initializer;
        if (initializer is not null)
            Tell(initializer.Function);
        _outgoing.Begin(FrameKind.Welcome);
        _outgoing.Number(Slots);
        _outgoing.Number((long)_options.CancelGrace.TotalMilliseconds);
        _outgoing.Byte(initializer is null ? (byte)0 : (byte)1);
        if (initializer is not null)
        {
            _outgoing.Number(initializer.Function.Id);
            WritePayload(initializer.Captures);
        }

        _outgoing.End();
        Flush();
        _session.Watch.Add(_reading);
        StartReading();
        return _ready.Task;
    }

    public override void Assign(TaskRecord task)
    {
        var spec = (ProcessSpec)task.Spec!;
        Tell(spec.Function);
        foreach (var reference in spec.Captures.References)
        {
            if (reference is TaskRecord { Status: ObjectStatus.Ready } record)
                WriteValue(record);
        }

        AssignFrame.Write(_outgoing, task, spec);
        if (task.Role is not null)
            WriteActor(task);
        spec.Captures.WriteTo(_outgoing);
        Export(spec.Captures.References);
        _outgoing.End();
    }

    public override void Cancel(TaskRecord task, int attempt) => Signal(FrameKind.Cancel, task, attempt);

    public override void Reclaim(TaskRecord task, int attempt) => Signal(FrameKind.Reclaim, task, attempt);

    public override void Resume(TaskRecord task, int attempt) => Signal(FrameKind.Resume, task, attempt);

    public override void Credit(TaskRecord task, int items)
    {
        Begin(FrameKind.StreamCredit, task, task.Attempt);
        _outgoing.Number(items);
        _outgoing.End();
    }

    /// <summary>For a consumer on this worker of another one's stream.</summary>
    public void SendItem(TaskRecord stream, Payload item)
    {
        _outgoing.Begin(FrameKind.Item);
        _outgoing.Number(stream.Id);
        WritePayload(item);
        _outgoing.End();
    }

    public override void Tell(TaskRecord task)
    {
        WriteValue(task);
        if (task is ActorRecord)
            TellAliases(task);
    }

    public override void Kill(TaskRecord? blamed)
    {
        _blamed ??= blamed;
        _child.Kill();
    }

    public override void Retire()
    {
        // The end of the stream, after the word that it is meant: whatever the worker still sends is read.
        // A cluster that is being disposed of says it from outside of the inbox, which sends nothing more then but what waits for the gate.
        lock (_sendGate)
        {
            _outgoing.Begin(FrameKind.Retire);
            _outgoing.End();
        }

        Flush();
        _socket.ShutdownSend();
    }

    public override void Flush()
    {
        lock (_sendGate)
        {
            if (_outgoing.Length == 0 || Volatile.Read(ref _lost) != 0)
            {
                _outgoing.Clear();
                return;
            }

            if (_backlog is not null)
            {
                _backlog.Enqueue(_outgoing.Written.ToArray());
                _outgoing.Clear();
                return;
            }

            try
            {
                var sent = _socket.TrySend(_outgoing.Written);
                if (sent < _outgoing.Length)
                {
                    _backlog = new Queue<byte[]>([_outgoing.Written[sent..].ToArray()]);
                    new Thread(SendBacklog) { IsBackground = true, Name = $"Braid link {Id} backlog" }.Start();
                }
            }
            catch (EndOfStreamException)
            {
                // The reader sees the same end, and tells of it once all that the worker still sent is read.
            }

            _outgoing.Clear();
        }
    }

    private void SendBacklog()
    {
        while (true)
        {
            byte[] next;
            lock (_sendGate)
            {
                if (!_backlog!.TryDequeue(out next!))
                {
                    _backlog = null;
                    return;
                }
            }

            try
            {
                _socket.SendAll(next);
            }
            catch (Exception exception) when (exception is EndOfStreamException)
            {
                lock (_sendGate)
                    _backlog = null;
                return;
            }
        }
    }

    private void Signal(FrameKind kind, TaskRecord task, int attempt)
    {
        Begin(kind, task, attempt);
        _outgoing.End();
    }

    private void Begin(FrameKind kind, TaskRecord task, int attempt)
    {
        _outgoing.Begin(kind);
        _outgoing.Number(task.Id);
        _outgoing.Number(attempt);
    }

    /// <summary>A worker hears of each function once, before the first task that runs it.</summary>
    private void Tell(FunctionDefinition function)
    {
        if (!_told.Add(function.Id))
            return;
        _outgoing.Begin(FrameKind.Define);
        _outgoing.Number(function.Id);
        _outgoing.Bytes(function.Bytes);
        _outgoing.End();
    }

    private void WriteValue(TaskRecord record) => WriteValue(record, record.Id);

    private void WriteValue(TaskRecord record, long id)
    {
        _outgoing.Begin(FrameKind.Value);
        _outgoing.Number(id);
        _outgoing.Byte((byte)record.Status);
        if (record.Status == ObjectStatus.Ready)
            WritePayload(record.Payload!);
        else
            WriteError(record);
        _outgoing.End();
    }

    private void WriteError(TaskRecord record)
    {
        var error = ((TaskNode)record).Error as TaskError ?? TaskError.Of(record.Error!, _session.Packer);
        error.WriteTo(_outgoing);
        Export(error.Payload?.References ?? []);
    }

    private void WritePayload(Payload payload)
    {
        payload.WriteTo(_outgoing);
        Export(payload.References);
    }

    /// <summary>Counts references that are about to be sent.</summary>
    private void Export(IObjectState[] references)
    {
        foreach (var reference in references)
            _exports.Add(reference);
    }
}
