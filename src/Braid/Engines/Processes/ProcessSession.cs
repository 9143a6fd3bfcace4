using System.Net.Sockets;
using System.Security.Cryptography;
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
    private readonly SegmentStore _store;
    private readonly SegmentKeeper _keeper;
    private readonly WorkerListener _listener;
    private readonly Lock _gate = new();

    /// <summary>Everything started and not yet gone. Guarded by <see cref="_gate"/>.</summary>
    private readonly HashSet<WorkerChild> _children = [];

    public ProcessSession(DriverBackend driver, ClusterOptions options)
    {
        _driver = driver;
        _options = options;
        WorkerMemoryBytes = options.MemoryOfEachWorker;
        _store = SegmentStore.Create(options.Store);
        _keeper = new SegmentKeeper(_store);
        Packer = new Packer(_store, _keeper) { Home = driver };
        // The session's own directory in memory is private (0700), swept when this process dies, and its path is short enough for a socket.
        _listener = new WorkerListener(Path.Combine(_store.MemoryDirectory, "driver.sock"));
        if (options.WorkerInitializer is { } initializer)
            Initializer = (ProcessSpec)Prepare(initializer, ActionInvoker.Instance, TaskOptions.Default, out _);
    }

    public override string Name => "processes";

    public override long SharedBytes => _keeper.BytesInMemory;

    public override long SpilledBytes => _keeper.BytesOnDisk;

    public override bool WatchesWorkers => true;

    /// <summary>What each worker may take; null where nothing bounds it.</summary>
    public long? WorkerMemoryBytes { get; }

    public Packer Packer { get; }

    public FunctionTable Functions { get; } = new();

    public ProcessSpec? Initializer { get; }

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

    public override async Task<WorkerLink> StartWorkerAsync(int id, CancellationToken cancellationToken)
    {
        if (id > SegmentId.CreatorMax)
            throw new BraidException($"This cluster has started {SegmentId.CreatorMax:N0} workers, which is as many as it has numbers for: start another one.");
        var token = RandomNumberGenerator.GetHexString(2 * Handshake.TokenBytes, lowercase: true);
        var arrival = _listener.Expect(id, token);
        var child = WorkerChild.Start(id, _listener.Path, token, _options);
        lock (_gate)
            _children.Add(child);
        try
        {
            await child.UntilAsync(arrival, cancellationToken);
            var link = new ProcessLink(this, child, await arrival, _options);
            child.Link = link;
            await child.UntilAsync(link.WelcomeAsync(), cancellationToken);
            return link;
        }
        catch
        {
            _listener.Forget(id);
            child.Kill();
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
        _keeper.Lost(child.Id);
        child.Forget();
    }

    /// <summary>One that never became a worker.</summary>
    private async Task GoneAsync(WorkerChild child)
    {
        await child.Ended.ConfigureAwait(false);
        Gone(child);
    }

    public override async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        WorkerChild[] children;
        lock (_gate)
            children = [.. _children];
        foreach (var child in children)
            child.Stop();
        await Task.WhenAll(children.Select(child => child.EndAsync(_options)));
        Watch.Dispose();
        await _keeper.StopAsync();
        _store.Dispose();
    }
}
