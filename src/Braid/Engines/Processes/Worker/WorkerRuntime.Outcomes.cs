using Braid.Execution;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

// How a task's end becomes a frame. The thread that takes the next body by itself sends when there is none, so outcomes go in batches.
internal sealed partial class WorkerRuntime
{
    public void Completed(WorkerTask task, Payload result, long elapsedMicroseconds)
    {
        lock (_gate)
        {
            Begin(FrameKind.Completed, task);
            _outgoing.Number(elapsedMicroseconds);
            result.WriteTo(_outgoing);
            _outgoing.End();
            task.Result = result;
            _kept[task.Id] = task;
            // The end of a stream goes the way of its items, by the driver, or a consumer here would see it before the last of them.
            if (task.StreamCredit == 0)
                Objects.Find(task.Id)?.SetValue(result);
            Ended(task);
            _machine.Finished(task);
            CarryOut();
        }

        FlushIfMany();
    }

    public void Failed(WorkerTask task, Exception exception)
    {
        var error = TaskError.Of(exception, Packer);
        lock (_gate)
        {
            Begin(FrameKind.Failed, task);
            error.WriteTo(_outgoing);
            _outgoing.End();
            Ended(task);
            _machine.Failed(task);
            CarryOut();
        }

        FlushIfMany();
    }

    public void Cancelled(WorkerTask task)
    {
        lock (_gate)
        {
            Signal(FrameKind.CancelledOn, task);
            Ended(task);
            _machine.Failed(task);
            CarryOut();
        }

        FlushIfMany();
    }

    private void FlushIfMany()
    {
        bool many;
        lock (_gate)
            many = ++_unsentOutcomes >= UnsentOutcomesMax;
        // The thread that takes the next body sends when there is none; any other sends for itself.
        if (many || !WorkerThreads.Loops)
            Flush();
    }

    private void Ended(WorkerTask task)
    {
        if (task.StreamCredit > 0)
            _streams.Remove(task.Id);
        task.Forget();
    }
}
