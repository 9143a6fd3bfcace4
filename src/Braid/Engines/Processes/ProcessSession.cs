using Braid.Driver;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Objects;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>One cluster of worker processes: the socket that they come to, their shared memory, and the functions they have been told.</summary>
internal sealed class ProcessSession : EngineSession
{
    private readonly DriverBackend _driver;
    private readonly ClusterOptions _options;
    private readonly SessionDirectory _memory;

    /// <summary>Where the session's other directory is or will be.</summary>
    private readonly string _spillPath;
    private readonly WorkerListener _listener;
    private readonly Lock _gate = new();

    /// <summary>Ends when the store is there and all that stands on it: with the first worker's arrival at the latest.</summary>
    private readonly Task _opened;

    /// <summary>Everything started and not yet gone. Guarded by <see cref="_gate"/>.</summary>
    private readonly HashSet<WorkerChild> _children = [];

    /// <summary>Starts under way. Guarded by <see cref="_gate"/>.</summary>
    private readonly HashSet<Task> _starts = [];

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private bool _closed;

    private SegmentStore _store = null!;
    private SegmentKeeper _keeper = null!;

    /// <remarks>
    /// A worker needs a socket to come to, and then longer than all the rest takes here to start its runtime: so the rest is made on another thread meanwhile.
    /// </remarks>
    public ProcessSession(DriverBackend driver, ClusterOptions options)
    {
        _driver = driver;
        _options = options;
        WorkerMemoryBytes = options.MemoryOfEachWorker;
        _memory = SegmentStore.CreateMemory(options.Store, out _spillPath);
        try
        {
            // The session's own directory in memory is private (0700), swept when this process dies, and its path is short enough for a socket.
            _listener = new WorkerListener(Path.Combine(_memory.Path, "driver.sock"));
        }
        catch
        {
            _memory.Dispose();
            throw;
        }

        _opened = Task.Run(Open);
    }

    public override string Name => "processes";

    public override long SharedBytes => _keeper.BytesInMemory;

    public override long SpilledBytes => _keeper.BytesOnDisk;

    public override bool WatchesWorkers => true;

    /// <summary>What each worker may take; null where nothing bounds it.</summary>
    public long? WorkerMemoryBytes { get; }

    public Packer Packer { get; private set; } = null!;

    public FunctionTable Functions { get; } = new();

    public ProcessSpec? Initializer { get; private set; }

    public DriverBackend Driver => _driver;

    /// <summary>Threads that read links. One reads a link at a time, and a continuation of the user's may keep it.</summary>
    public ThreadCache Readers { get; } = new("Braid link");

    public ReadingWatch Watch { get; } = new();

    public SegmentStore Store => _store;

    public override TaskSpec Prepare(Delegate body, Invoker invoker, TaskOptions options, out IObjectState[] references)
    {
        var lambda = Lambda.Of(body);
        var captures = Packer.PackCaptures(lambda, body);
        references = captures.References;
        return new ProcessSpec(Functions.Of(lambda), captures, invoker.IsStream);
    }

    public override void Put<T>(TaskRecord<T> record, T value) => record.Accept(Packer.Pack(value));

    public override object Wrap<T>(T value) => Packer.Pack(value);

    public override T Read<T>(Payload payload) => Packer.Unpack<T>(payload);

    public override Task<WorkerLink> StartWorkerAsync(int id, CancellationToken cancellationToken)
    {
        var start = new TaskCompletionSource<WorkerLink>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Cluster));
            _starts.Add(start.Task);
        }

        // On a thread of its own, where plain waits do: all workers start at once, and nothing is compiled for it.
        Readers.Run(() => StartWorker(id, start, cancellationToken));
        return start.Task;
    }

    private void StartWorker(int id, TaskCompletionSource<WorkerLink> start, CancellationToken cancellationToken)
    {
        try
        {
            start.SetResult(StartWorker(id, cancellationToken));
        }
        catch (OperationCanceledException exception)
        {
            start.SetCanceled(exception.CancellationToken);
        }
        catch (Exception exception)
        {
            start.SetException(exception);
        }

        lock (_gate)
            _starts.Remove(start.Task);
    }

    private ProcessLink StartWorker(int id, CancellationToken cancellationToken)
    {
        if (id > SegmentId.CreatorMax)
            throw new BraidException($"This cluster has started {SegmentId.CreatorMax:N0} workers, which is as many as it has numbers for: start another one.");
        var token = Secret.Hex(Handshake.TokenBytes);
        var arrival = _listener.Expect(id, token);
        var child = WorkerChild.Start(id, new WorkerPlace(_listener.Path, _spillPath, token), _options);
        lock (_gate)
            _children.Add(child);
        try
        {
            // First, for without the store there is no socket either: that the worker does not find it is not what went wrong.
            Task.WaitAny([_opened], cancellationToken);
            _opened.GetAwaiter().GetResult();
            child.Until(arrival, cancellationToken);
            var link = new ProcessLink(this, child, arrival.Result, _options);
            child.Link = link;
            child.Until(link.WelcomeAsync(), cancellationToken);
            return link;
        }
        catch
        {
            _listener.Forget(id);
            child.Abandon();
            _ = GoneAsync(child);
            throw;
        }
    }

    /// <summary>Memory is short: values that are not in use go to disk.</summary>
    public void Relieve() => _keeper.Relieve();

    /// <summary>A worker's process has ended and all that it wrote was read.</summary>
    public void Gone(WorkerChild child)
    {
        lock (_gate)
            _children.Remove(child);
        // None yet: it never had the store's name.
        _keeper?.Lost(child.Id);
        child.Forget();
    }

    /// <summary>One that never became a worker.</summary>
    private async Task GoneAsync(WorkerChild child)
    {
        await child.Ended.ConfigureAwait(false);
        Gone(child);
    }

    /// <summary>What dead sessions left is looked for only now: while workers start, they have better use for the processors.</summary>
    public override void Started() => _ = Task.Run(_store.Sweep);

    public override async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Task[] starts;
        lock (_gate)
        {
            _closed = true;
            starts = [.. _starts];
        }

        // They are being cancelled, and what they throw is told to whoever started them.
        await Task.WhenAll(starts).ContinueWith(static starts => _ = starts.Exception, TaskScheduler.Default).ConfigureAwait(false);
        WorkerChild[] children;
        lock (_gate)
            children = [.. _children];
        foreach (var child in children)
            child.Stop();
        await Task.WhenAll(children.Select(child => child.EndAsync(_options))).ConfigureAwait(false);
        Watch.Dispose();
        await _opened.ContinueWith(static opened => _ = opened.Exception, TaskScheduler.Default).ConfigureAwait(false);
        if (_keeper is not null)
            await _keeper.StopAsync().ConfigureAwait(false);
        _store?.Dispose();
        _memory.Dispose();
        Readers.Close();
    }

    private void Open()
    {
        _store = SegmentStore.Create(_options.Store, _memory, _spillPath);
        _keeper = new SegmentKeeper(_store);
        Packer = new Packer(_store, _keeper) { Home = _driver };
        // What fails there fails again with the first task, whose submitter is told.
        _ = Task.Run(() => WarmUp.Run(Packer));
        if (_options.WorkerInitializer is { } initializer)
            Initializer = (ProcessSpec)Prepare(initializer, ActionInvoker.Instance, TaskOptions.Default, out _);
    }
}
