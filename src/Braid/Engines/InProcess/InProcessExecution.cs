using Braid.Actors;
using Braid.Driver;
using Braid.Execution;
using Braid.Serialization;
using Braid.Serialization.Graphs;

namespace Braid.Engines.InProcess;

/// <summary>A task while it runs on a thread of this process: its outcome becomes an event.</summary>
internal sealed class InProcessExecution(InProcessLink link, InProcessTask task)
    : TaskExecution(task.Record!.Stream is null ? 0 : task.Record.Options.StreamBuffer)
{
    private readonly TaskRecord _record = task.Record!;
    private readonly InProcessSpec _spec = task.Spec!;
    private readonly ActorHost? _host = task.Host;

    public override long Id => task.Id;

    public override int Attempt => task.Attempt;

    public override string Name => _record.Options.NameOrFunction ?? _spec.Name;

    public override int WorkerId => link.Id;

    public override ClusterBackend Backend => link.Driver;

    public override ActorHost? Host => _host;

    protected override TimeSpan? TimeLimit => _record.Options.Timeout;

    /// <summary>A thread cannot be ended, so there is nothing to do after a grace.</summary>
    protected override TimeSpan? CancelGrace => null;

    protected override TimeProvider TimeProvider => link.Driver.Options.TimeProvider;

    protected override string? TraceParent => _record.Activity?.Id;

    public override void ReportProgress(double fraction) =>
        link.Driver.Post(new DriverEvent(DriverEventKind.Progress, link, Id, Attempt, null, null, BitConverter.DoubleToInt64Bits(fraction)));

    protected override void Invoke() => _spec.Invoker.Invoke(_spec.Body, this);

    protected override void Report<T>(T value)
    {
        if (_record is ActorRecord actor)
        {
            StartActor(actor, value);
            return;
        }

        try
        {
            CheckTravels(value);
            _host?.CallEnded();
        }
        catch (Exception exception)
        {
            ReportFailure(CannotTravel(value, exception));
            return;
        }

        ((TaskRecord<T>)_record).AcceptLocal(value);
        link.Completed(task, ElapsedMicroseconds, _record.IsAwaited);
    }

    protected override void ReportFailure(Exception exception) => link.Failed(task, _record is ActorRecord ? exception : ActorFailures.AfterCall(_host, exception));

    private void StartActor(ActorRecord actor, object? instance)
    {
        try
        {
            _host!.Start(instance, actor.Snapshot);
        }
        catch (Exception exception)
        {
            ReportFailure(exception);
            return;
        }

        link.Driver.Post(new DriverEvent(DriverEventKind.Actor, link, Id, Attempt, null, null, (long)ActorEvent.Started));
    }

    protected override void ReportCancelled() => link.Cancelled(task);

    protected override void ReportOverrun() => throw new System.Diagnostics.UnreachableException("A thread has no grace to overrun.");

    protected override void Send<T>(T item)
    {
        CheckTravels(item);
        link.Driver.Post(new DriverEvent(DriverEventKind.StreamItem, link, Id, Attempt, null, new LocalResult<T>(item)));
    }

    protected override void GiveUpSlot(TaskWait wait, int underWay) => link.Blocked(task, wait, underWay);

    protected override void StillWaiting() => link.StillBlocked(task);

    protected override void AskForSlot()
    {
        if (link.IsEnding)
            Resumed();
        else
            link.Driver.Post(new DriverEvent(DriverEventKind.Unblocked, link, Id, Attempt));
    }

    /// <summary>Refuses what a worker process would refuse, so that a program that works here works there.</summary>
    private static void CheckTravels<T>(T value)
    {
        if (Holds<T>.Anything)
            _ = GraphScanner.Find<ObjectRef>(value);
    }

    /// <summary>The answer for each type of result, found once.</summary>
    private static class Holds<T>
    {
        public static readonly bool Anything = GraphVisitor.CanHold(typeof(T));
    }
}
