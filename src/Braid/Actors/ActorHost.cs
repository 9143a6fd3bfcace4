using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Actors;

/// <summary>One incarnation of an actor where it lives: its instance, its turns and its snapshots. Engines derive from it.</summary>
internal abstract class ActorHost
{
    /// <summary>For the ends of actors, which may block for as long as they like.</summary>
    private static readonly ThreadCache Threads = new("Braid actor");

    private Snapshots? _snapshots;

    /// <summary>Calls ended since the start, for <see cref="ActorSetup.SnapshotEvery"/>.</summary>
    private int _callsEnded;

    protected ActorHost(long id, int incarnation, ActorSetup setup)
    {
        Id = id;
        Incarnation = incarnation;
        Setup = setup;
        Context = new ActorContext(this);
        Lanes = [.. setup.Concurrency.Select(concurrency => new MachineLane(concurrency))];
        Pump = setup.Interleaved ? new ActorPump() : null;
    }

    public long Id { get; }

    public int Incarnation { get; }

    public ActorSetup Setup { get; }

    public ActorContext Context { get; }

    /// <summary>By the index of the group. Touched under the gate of the worker's machine.</summary>
    public MachineLane[] Lanes { get; }

    /// <summary>Runs the code of interleaved calls; null where calls run on threads of their own.</summary>
    public ActorPump? Pump { get; }

    /// <summary>Null until the constructor has returned, and after the end.</summary>
    public object? Instance { get; private set; }

    /// <summary>A handle to this very actor.</summary>
    public abstract IObjectState Self();

    /// <summary>Takes what the constructor returned, and gives it the state of the last snapshot where there is one.</summary>
    public void Start(object? instance, object? snapshot)
    {
        Instance = instance ?? throw new InvalidOperationException("The constructor lambda of the actor returned null.");
        _snapshots = Snapshots.Of(instance.GetType());
        if (snapshot is not null && _snapshots is not null)
            Restore(_snapshots, instance, snapshot);
    }

    /// <summary>Runs a call's body up to its first wait, here or on the actor's one thread.</summary>
    public static void Run(TaskExecution execution)
    {
        if (execution.Host?.Pump is { } pump)
            pump.Post(static execution => ((TaskExecution)execution!).Run(), execution);
        else
            execution.Run();
    }

    /// <summary>Before the end of a call is told: what its caller sees succeed must not be lost, where that was asked for.</summary>
    public void CallEnded()
    {
        if (_snapshots is null || Setup.SnapshotEvery == 0)
            return;
        if (Interlocked.Increment(ref _callsEnded) % Setup.SnapshotEvery == 0)
            TakeSnapshot();
    }

    public void TakeSnapshot()
    {
        if (_snapshots is null || Instance is not { } instance)
            throw new InvalidOperationException($"{Instance?.GetType().ToString() ?? "An actor that has ended"} is no ISnapshotActor<TState>: it has no snapshots.");
        lock (_snapshots)
            Keep(_snapshots, instance);
    }

    /// <summary>Ends the instance on a thread of its own, and tells what its disposal threw.</summary>
    public void End(bool dispose, TaskExecution life, Action<Exception?> ended) => Threads.Run(() => _ = EndAsync(dispose, life, ended));

    /// <summary>Sends a snapshot to where it outlives this process.</summary>
    protected abstract void Keep(Snapshots snapshots, object instance);

    protected abstract void Restore(Snapshots snapshots, object instance, object snapshot);

    private async Task EndAsync(bool dispose, TaskExecution life, Action<Exception?> ended)
    {
        Exception? error = null;
        try
        {
            if (dispose)
                await life.RunAsync(DisposeInstanceAsync).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        Instance = null;
        ended(error);
    }

    private async Task DisposeInstanceAsync()
    {
        if (Instance is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else if (Instance is IDisposable disposable)
            disposable.Dispose();
    }
}
