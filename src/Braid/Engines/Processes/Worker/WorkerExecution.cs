using Braid.Execution;

namespace Braid.Engines.Processes.Worker;

/// <summary>A task while it runs in a worker process: its outcome becomes a frame.</summary>
internal sealed class WorkerExecution(WorkerRuntime runtime, WorkerTask task) : TaskExecution(task.StreamCredit)
{
    public override long Id => task.Id;

    public override int Attempt => task.Attempt;

    public override string Name => task.Name;

    public override int WorkerId => runtime.Id;

    public override ClusterBackend Backend => runtime.Backend;

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
        Invoker.For(body.GetType()).Invoke(body, this);
    }

    protected override void Report<T>(T value)
    {
        Payload payload;
        try
        {
            payload = typeof(T) == typeof(Nothing) ? Payload.Empty : runtime.Packer.Pack(value);
        }
        catch (Exception exception)
        {
            ReportFailure(CannotTravel<T>(exception));
            return;
        }

        runtime.Completed(task, payload, ElapsedMicroseconds);
    }

    protected override void ReportFailure(Exception exception) => runtime.Failed(task, exception);

    protected override void ReportCancelled() => runtime.Cancelled(task);

    protected override void ReportOverrun() => runtime.Overrun(task);

    protected override void Send<T>(T item) => runtime.Yield(task, runtime.Packer.Pack(item));

    protected override void GiveUpSlot(TaskWait wait, int underWay) => runtime.Blocked(task, wait, underWay);

    protected override void StillWaiting() => runtime.StillBlocked(task);

    protected override void AskForSlot() => runtime.Unblock(task);
}
