using Braid.Diagnostics;
using Braid.Scheduling;

namespace Braid.Driver;

// The end of the whole: disposal, no worker left, or a fault of Braid's own. Whoever waits is told, and whoever comes later too.
internal sealed partial class DriverBackend
{
    /// <summary>Why nothing more can run; null while all is well.</summary>
    private Exception? _broken;

    /// <summary>All has ended, and the workers are told so or are about to be: nothing more is decided, and nothing sent.</summary>
    private void HandleBroken(in DriverEvent e)
    {
        switch (e.Kind)
        {
            case DriverEventKind.Submit:
                Submitted((TaskRecord)e.Subject!);
                break;
            case DriverEventKind.Put:
                ((TaskRecord)e.Subject!).End(ObjectStatus.Ready, null);
                break;
            case DriverEventKind.WorkerLost:
                _workers.Lost(e.Link!);
                break;
            case DriverEventKind.Coordinate:
                DriverCoordination.Refuse(in e, _broken!);
                break;
            case DriverEventKind.ValueLost:
                ValueLostForGood(in e);
                break;
            case DriverEventKind.Actor when (ActorEvent)e.Number == ActorEvent.Room:
                LetGo((TaskRecord)e.Payload!);
                break;
            case DriverEventKind.Scale:
                ((TaskCompletionSource)e.Subject!).TrySetException(_broken!);
                break;
            case DriverEventKind.Drain:
                _drained.Add((TaskCompletionSource)e.Subject!);
                break;
            case DriverEventKind.Dispose:
                CancelAll((TaskCompletionSource)e.Subject!);
                break;
        }
    }

    private void CancelAll(TaskCompletionSource quiet)
    {
        EndAll(ObjectStatus.Cancelled, new TaskCanceledException("The cluster was disposed of."));
        quiet.TrySetResult();
    }

    /// <summary>A fault of Braid's own: the cluster can no longer keep its promises, and says so to all that wait.</summary>
    private void Crash(Exception exception, StructList<DriverEvent> batch)
    {
        BraidEvents.Log.ClusterBroke(exception.ToString());
        _scheduler.Commands.Clear();
        EndAll(ObjectStatus.Failed, new BraidException($"The cluster broke: {exception.Message} Please report this with the inner exception.", exception));
        // Nobody looks at the rest of the batch: what was to begin with it must not be waited for.
        foreach (ref readonly var e in batch)
        {
            if (e is { Kind: DriverEventKind.Submit, Subject: TaskRecord { Status: ObjectStatus.Pending } record })
                Submitted(record);
            else if (e.Kind == DriverEventKind.Coordinate)
                DriverCoordination.Refuse(in e, _broken!);
            else if (e.Kind is DriverEventKind.ValueLost or DriverEventKind.Scale or DriverEventKind.Drain)
                HandleBroken(in e);
            else if (e.Kind == DriverEventKind.Dispose)
                ((TaskCompletionSource)e.Subject!).TrySetResult();
        }
    }

    /// <summary>Ends all that is pending, and from now on all that is submitted, with an error.</summary>
    private void EndAll(ObjectStatus status, Exception error)
    {
        _broken ??= error;
        _coordination.EndAll(error);
        while (_open.TakeAny() is { } record)
        {
            if (record is ActorRecord actor)
                ForgetActor(actor);
            record.End(status, error);
            Volatile.Write(ref _ended, _ended + 1);
        }
    }
}
