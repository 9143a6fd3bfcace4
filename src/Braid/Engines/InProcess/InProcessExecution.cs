using Braid.Driver;
using Braid.Execution;

namespace Braid.Engines.InProcess;

/// <summary>A task while it runs on a thread of this process: its outcome becomes an event.</summary>
internal sealed class InProcessExecution(InProcessLink link, InProcessTask task)
    : TaskExecution(task.Record.Stream is null ? 0 : task.Record.Options.StreamBuffer)
{
    public override long Id => task.Id;

    public override int Attempt => task.Attempt;

    public override string Name => task.Record.Options.Name ?? task.Spec.Name;

    public override int WorkerId => link.Id;

    public override ClusterBackend Backend => link.Driver;

    protected override TimeSpan? TimeLimit => task.Record.Options.Timeout;

    /// <summary>A thread cannot be ended, so there is nothing to do after a grace.</summary>
    protected override TimeSpan? CancelGrace => null;

    protected override TimeProvider TimeProvider => link.Driver.Options.TimeProvider;

    protected override string? TraceParent => task.Record.Activity?.Id;

    public override void ReportProgress(double fraction) =>
        link.Driver.Post(new DriverEvent(DriverEventKind.Progress, link, Id, Attempt, null, null, BitConverter.DoubleToInt64Bits(fraction)));

    protected override void Invoke() => task.Spec.Invoker.Invoke(task.Spec.Body, this);

    protected override void Report<T>(T value)
    {
        ((TaskRecord<T>)task.Record).AcceptLocal(value);
        link.Completed(task, ElapsedMicroseconds);
    }

    protected override void ReportFailure(Exception exception) => link.Failed(task, exception);

    protected override void ReportCancelled() => link.Cancelled(task);

    protected override void ReportOverrun() => throw new System.Diagnostics.UnreachableException("A thread has no grace to overrun.");

    protected override void Send<T>(T item) =>
        link.Driver.Post(new DriverEvent(DriverEventKind.StreamItem, link, Id, Attempt, null, new LocalResult<T>(item)));

    protected override void GiveUpSlot(IReadOnlyList<IObjectState> waitedFor) => link.Blocked(task, waitedFor);

    protected override void StillWaiting() => link.StillBlocked(task);

    protected override void AskForSlot() => link.Driver.Post(new DriverEvent(DriverEventKind.Unblocked, link, Id, Attempt));
}
