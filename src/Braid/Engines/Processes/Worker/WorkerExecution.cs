using Braid.Actors;
using Braid.Execution;

namespace Braid.Engines.Processes.Worker;

/// <summary>A task while it runs in a worker process: its outcome becomes a frame.</summary>
internal sealed class WorkerExecution(WorkerRuntime runtime, WorkerTask task) : TaskExecution(task.StreamCredit)
{
    public override long Id => task.Id;

    public override int Attempt => task.Attempt;

    public override string Name => task.GivenName ?? Part?.Name ?? task.Name;

    public override int WorkerId => runtime.Id;

    private readonly WorkerActorHost? _host = task.Host;

    /// <summary>
    /// The body with what it captured, until the end. The body itself may have no more than a span left of memory that lies in a mapping, and a span
    /// does not keep that mapped.
    /// </summary>
    private Delegate? _body;

    public override ClusterBackend Backend => runtime.Backend;

    public override ActorHost? Host => _host;

    private bool IsLife => _host is not null && task.Lane is null;

    protected override TimeSpan? TimeLimit => task.TimeLimit;

    protected override TimeSpan? CancelGrace => runtime.CancelGrace;

    protected override TimeProvider TimeProvider => TimeProvider.System;

    protected override string? TraceParent => task.TraceParent;

    public override void ReportProgress(double fraction) => runtime.Progress(task, fraction);

    protected override void Invoke()
    {
        if (task.Broken is { } broken)
            throw broken;
        var body = runtime.Packer.UnpackCaptures(task.Lambda!, task.Captures);
        _body = body;
        Invoker.For(body.GetType()).Invoke(body, this);
    }

    protected override void Report<T>(T value)
    {
        if (IsLife)
        {
            _body = null;
            StartActor(value);
            return;
        }

        Payload payload;
        try
        {
            _host?.CallEnded();
            payload = typeof(T) == typeof(Nothing) ? Payload.Empty : runtime.Packer.Pack(value);
        }
        catch (Exception exception)
        {
            ReportFailure(CannotTravel(value, exception));
            return;
        }

        _body = null;
        runtime.Completed(task, payload, ElapsedMicroseconds);
    }

    protected override void ReportFailure(Exception exception)
    {
        _body = null;
        runtime.Failed(task, IsLife ? exception : ActorFailures.AfterCall(_host, exception));
    }

    private void StartActor(object? instance)
    {
        try
        {
            _host!.Start(instance);
        }
        catch (Exception exception)
        {
            ReportFailure(exception);
            return;
        }

        runtime.ActorStarted(task);
    }

    protected override void ReportCancelled()
    {
        _body = null;
        runtime.Cancelled(task);
    }

    protected override void ReportOverrun() => runtime.Overrun(task);

    protected override void Send<T>(T item) => runtime.Yield(task, runtime.Packer.Pack(item));

    protected override void GiveUpSlot(TaskWait wait, int underWay) => runtime.Blocked(task, wait, underWay);

    protected override void StillWaiting() => runtime.StillBlocked(task);

    protected override void AskForSlot() => runtime.Unblock(task);
}
