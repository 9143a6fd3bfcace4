using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Braid.Actors;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Objects;
using Braid.Scheduling;
using Braid.Serialization;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

/// <summary>
/// The shell around a worker's <see cref="WorkerMachine"/>: frames become its events, its commands become threads' work and frames.
/// One lock guards the machine and the outgoing frames together, so that their order on the link is the machine's own.
/// </summary>
internal sealed partial class WorkerRuntime
{
    /// <summary>Outcomes are sent at the latest when so many wait, so that the driver can send more before this worker runs dry.</summary>
    private const int UnsentOutcomesMax = 32;

    private readonly FrameSocket _socket;
    private readonly WorkerPlace _place;
    private readonly Lock _gate = new();
    private readonly Lock _sendGate = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private WorkerMachine _machine = null!;

    /// <summary>Frames not yet sent. Guarded by <see cref="_gate"/>; swapped with <see cref="_sending"/> under both locks.</summary>
    private FrameWriter _outgoing = new();

    /// <summary>Guarded by <see cref="_sendGate"/>.</summary>
    private FrameWriter _sending = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private int _unsentOutcomes;

    /// <summary>Attempts that may start now. Guarded by <see cref="_gate"/>.</summary>
    private readonly Queue<WorkerTask> _runnable = [];

    /// <summary>Streams that run here. Guarded by <see cref="_gate"/>.</summary>
    private readonly Dictionary<long, WorkerTask> _streams = [];

    private WorkerThreads _threads = null!;

    /// <summary>The driver has said that the end of the link will be meant. Touched by the reading thread.</summary>
    private bool _retired;

    public WorkerRuntime(FrameSocket socket, int id, WorkerPlace place)
    {
        _socket = socket;
        _place = place;
        Id = id;
        Backend = new WorkerBackend(this);
        Objects = new RemoteObjects(this);
    }

    public int Id { get; }

    public WorkerBackend Backend { get; }

    public RemoteObjects Objects { get; }

    public Packer Packer { get; private set; } = null!;

    public TimeSpan CancelGrace { get; private set; }

    public int Slots { get; private set; }

    /// <summary>Serves the driver until it ends the link.</summary>
    public void Run()
    {
        lock (_gate)
            Hello.Write(_outgoing, Id, System.Text.Encoding.ASCII.GetBytes(_place.Token));
        Flush();
        while (_threads is null)
        {
            if (!Receive())
                AwaitFrames();
        }

        _threads.Start();
        // Ctrl+C reaches every process of the terminal; when to end is the driver's to say, and the link says it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true);
        Thread.Sleep(Timeout.Infinite);
    }

    public bool TryTake([NotNullWhen(true)] out WorkerTask? task)
    {
        lock (_gate)
            return _runnable.TryDequeue(out task);
    }

    public void Run(WorkerTask task)
    {
        var execution = new WorkerExecution(this, task);
        task.Execution = execution;
        if (task.StreamCredit > 0)
        {
            lock (_gate)
                _streams[task.Id] = task;
        }

        // A cancellation may have come between the command to run and here.
        Interlocked.MemoryBarrier();
        if (task.CancelRequested)
            execution.RequestCancel();
        ActorHost.Run(execution);
        // With one slot no other body is at work, which might have no more than a span left of what it looks at.
        if (Slots == 1)
            Packer.Store.ReleaseUnreachable();
    }

    /// <summary>Reads and handles what has arrived: false when nothing had. Never returns when the driver is gone.</summary>
    public bool Receive()
    {
        try
        {
            return _socket.TryReceive(Handle);
        }
        catch (Exception exception) when (exception is EndOfStreamException or WireException)
        {
            End(exception as WireException);
            return false;
        }
    }


    public void Flush()
    {
        lock (_sendGate)
        {
            lock (_gate)
            {
                if (_outgoing.Length == 0)
                    return;
                (_outgoing, _sending) = (_sending, _outgoing);
                _unsentOutcomes = 0;
            }

            try
            {
                _socket.SendAll(_sending.Written);
            }
            catch (EndOfStreamException)
            {
                // The reader sees the same end, and ends the process.
            }

            _sending.Clear();
        }
    }

    public void Blocked(WorkerTask task, TaskWait wait, int underWay)
    {
        // First: what may run in the freed slot is no longer this thread's to take, so it must be given to another.
        _threads.BeforeWait();
        lock (_gate)
        {
            Begin(FrameKind.Blocked, task);
            _outgoing.Byte(wait.EndsByItself ? (byte)1 : (byte)0);
            _outgoing.Number(wait.Needed);
            _outgoing.Number(underWay);
            _outgoing.Number(wait.Call?.Number ?? 0);
            _outgoing.Number(wait.References.Count);
            foreach (var state in wait.References)
                _outgoing.Number(state.Id);
            _outgoing.End();
            _machine.Blocked(task);
            CarryOut();
        }

        Flush();
    }

    public void StillBlocked(WorkerTask task)
    {
        lock (_gate)
        {
            _machine.Blocked(task);
            CarryOut();
        }
    }

    public void Unblock(WorkerTask task)
    {
        lock (_gate)
            Signal(FrameKind.Unblock, task);
        Flush();
    }

    public void Overrun(WorkerTask task)
    {
        lock (_gate)
            Signal(FrameKind.Overrun, task);
        Flush();
    }

    public void Progress(WorkerTask task, double fraction)
    {
        lock (_gate)
        {
            Begin(FrameKind.Progress, task);
            _outgoing.Double(fraction);
            _outgoing.End();
        }

        Flush();
    }

    public void Yield(WorkerTask task, Payload item)
    {
        lock (_gate)
        {
            Begin(FrameKind.StreamItem, task);
            item.WriteTo(_outgoing);
            _outgoing.End();
            _unsentOutcomes++;
        }

        FlushIfMany();
    }

    /// <summary>Writes frames in one go; they are sent at once unless this thread runs on.</summary>
    public void Send(Action<FrameWriter> write)
    {
        lock (_gate)
            write(_outgoing);
        Flush();
    }

    public void Subscribe(long id) => Send(frame =>
    {
        frame.Begin(FrameKind.Subscribe);
        frame.Number(id);
        frame.End();
    });

    public void Lost(long id, SegmentId segment) => Send(frame =>
    {
        frame.Begin(FrameKind.Lost);
        frame.Number(id);
        frame.Number(segment.Value);
        frame.End();
    });

    /// <summary>From the finalizer: sent with whatever goes next, or soon.</summary>
    public void Released(long id, long counts)
    {
        bool first;
        lock (_gate)
        {
            first = _outgoing.Length == 0;
            _outgoing.Begin(FrameKind.Release);
            _outgoing.Number(1);
            _outgoing.Number(id);
            _outgoing.Number(counts);
            _outgoing.End();
        }

        if (first)
            ThreadPool.UnsafeQueueUserWorkItem(static runtime => runtime.Flush(), this, preferLocal: false);
    }

    private void Begin(FrameKind kind, WorkerTask task)
    {
        _outgoing.Begin(kind);
        _outgoing.Number(task.Id);
        _outgoing.Number(task.Attempt);
    }

    private void Signal(FrameKind kind, WorkerTask task)
    {
        Begin(kind, task);
        _outgoing.End();
    }

    /// <summary>Does what the machine commands. Under the gate.</summary>
    private void CarryOut()
    {
        var runnable = 0;
        foreach (var command in _machine.Commands)
        {
            var task = (WorkerTask)command.Task;
            switch (command.Kind)
            {
                case MachineCommandKind.Run:
                    _runnable.Enqueue(task);
                    runnable++;
                    break;
                case MachineCommandKind.Continue:
                    // Not under the gate: an execution's own lock comes before it.
                    ThreadPool.UnsafeQueueUserWorkItem(static execution => execution.Resumed(), task.Execution!, preferLocal: false);
                    break;
                case MachineCommandKind.SignalCancel:
                    task.Execution?.RequestCancel();
                    break;
                case MachineCommandKind.Return:
                    Signal(FrameKind.Returned, task);
                    break;
                case MachineCommandKind.Keep:
                    Signal(FrameKind.NotReturned, task);
                    break;
                case MachineCommandKind.ReportCancelled:
                    Signal(FrameKind.CancelledOn, task);
                    break;
                case MachineCommandKind.Release:
                    task.Result = null;
                    // A later attempt may have taken its place: its value was lost meanwhile.
                    if (_kept.TryGetValue(task.Id, out var kept) && kept == task)
                        _kept.Remove(task.Id);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException($"No such command: {command.Kind}.");
            }
        }

        _machine.Commands.Clear();
#if DEBUG
        _machine.Validate();
#endif
        if (runnable > 0)
            _threads.Runnable(runnable);
    }

    /// <summary>The driver has ended the link, or died: this process ends, at the latest a moment later, whatever its tasks are doing.</summary>
    private void End(WireException? fault)
    {
        if (fault is not null)
            Console.Error.WriteLine($"Braid worker {Id}: the driver sent what it should not: {fault.Message}");
        var last = new Thread(() =>
        {
            Thread.Sleep(EndPatience);
            System.Diagnostics.Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true };
        last.Start();
        // A driver that lives clears its directories away itself; only after a dead one they are looked at, which takes a while.
        if (!_retired)
        {
            SegmentStore.Destroy(_place.MemoryDirectory, _place.SpillDirectory);
            StoppedSiblings.End(_place.Socket);
        }

        Environment.Exit(fault is null ? 0 : 70);
    }

    /// <summary>How long handlers of the process's exit may take.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromMilliseconds(500);
}
