using Braid.Execution;

namespace Braid.Driver;

/// <summary>One cluster's use of an engine: makes its workers, and gives tasks and values the form in which they reach them.</summary>
internal abstract class EngineSession : IAsyncDisposable
{
    public abstract string Name { get; }

    public virtual long SharedBytes => 0;

    public virtual long SpilledBytes => 0;

    /// <summary>Whether workers can hang or run out of memory by themselves, so that <see cref="WorkerLink.Tick"/> is to be called.</summary>
    public virtual bool WatchesWorkers => false;

    /// <summary>Checks that the lambda can travel, and finds what it depends on. Called by the submitting thread.</summary>
    public abstract TaskSpec Prepare(Delegate body, Invoker invoker, TaskOptions options, out IObjectState[] references);

    /// <summary>Takes a value that is to be kept. Called by the putting thread.</summary>
    public abstract void Put<T>(TaskRecord<T> record, T value);

    /// <summary>A value as an item of a queue or a stream: a <see cref="Payload"/> or a <see cref="LocalResult{T}"/>.</summary>
    public abstract object Wrap<T>(T value);

    /// <summary>Reads back an encoded value.</summary>
    public abstract T Read<T>(Payload payload);

    /// <summary>Starts one worker; returns when it is ready to join.</summary>
    public abstract Task<WorkerLink> StartWorkerAsync(int id, CancellationToken cancellationToken);

    /// <summary>The workers wanted at first are there: what can wait until then is done now.</summary>
    public virtual void Started()
    {
    }

    public abstract ValueTask DisposeAsync();
}
