using System.Diagnostics;
using Braid.Diagnostics;
using Braid.Driver;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

/// <summary>One attempt that is assigned to an in-process worker.</summary>
internal sealed class InProcessTask : MachineTask
{
    public required TaskRecord Record { get; init; }

    public required InProcessSpec Spec { get; init; }

    public InProcessExecution? Execution { get; set; }
}

/// <summary>A task while it runs on a thread of this process: its outcome becomes an event.</summary>
internal sealed class InProcessExecution : TaskExecution
{
    private readonly InProcessLink _link;
    private readonly InProcessTask _task;
    private readonly SemaphoreSlim? _credit;
    private long _started;
    private ITimer? _limit;
    private bool _timedOut;
    private int _ended;
    private Activity? _activity;

    public InProcessExecution(InProcessLink link, InProcessTask task)
    {
        _link = link;
        _task = task;
        if (task.Record.Stream is not null)
            _credit = new SemaphoreSlim(task.Record.Options.StreamBuffer);
    }

    public override long Id => _task.Id;

    public override int Attempt => _task.Attempt;

    public override string Name => _task.Record.Options.Name ?? _task.Spec.Name;

    public override int WorkerId => _link.Id;

    public override ClusterBackend Backend => _link.Driver;

    public void Run()
    {
        _started = Stopwatch.GetTimestamp();
        if (_task.Record.Options.Timeout is { } limit)
            _limit = _link.Driver.Options.TimeProvider.CreateTimer(static execution => ((InProcessExecution)execution!).OnTimeLimit(), this, limit, Timeout.InfiniteTimeSpan);
        if (_task.Record.Activity is { } parent)
            _activity = BraidTracing.Run(Name, Id, Attempt, WorkerId, parent.Id);
        Current = this;
        try
        {
            _task.Spec.Invoker.Invoke(_task.Spec.Body, this);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            Current = null;
            // An asynchronous body has taken it along.
            if (_activity is not null)
                Activity.Current = null;
        }
    }

    public override void Succeed<T>(T value)
    {
        if (!TryEnd())
            return;
        ((TaskRecord<T>)_task.Record).AcceptLocal(value);
        _link.Completed(_task, (long)Stopwatch.GetElapsedTime(_started).TotalMicroseconds);
    }

    public override void Fail(Exception exception)
    {
        if (!TryEnd())
            return;
        if (exception is OperationCanceledException && _timedOut)
            _link.Failed(_task, new TimeoutException($"Task '{Name}' ran longer than its limit of {_task.Record.Options.Timeout}.", exception));
        else if (exception is OperationCanceledException && CancelRequested)
            _link.Cancelled(_task);
        else
            _link.Failed(_task, exception);
    }

    public override async ValueTask YieldAsync<T>(T item)
    {
        if (!_credit!.Wait(0, CancellationToken.None))
            await _credit.WaitAsync(CancellationToken).ConfigureAwait(false);
        _link.Driver.Post(new DriverEvent(DriverEventKind.StreamItem, _link, Id, Attempt, null, new LocalResult<T>(item)));
    }

    public void AddCredit(int items) => _credit?.Release(items);

    public override void ReportProgress(double fraction) =>
        _link.Driver.Post(new DriverEvent(DriverEventKind.Progress, _link, Id, Attempt, null, null, BitConverter.DoubleToInt64Bits(fraction)));

    protected override void GiveUpSlot(IReadOnlyList<IObjectState> waitedFor) => _link.Blocked(_task, waitedFor);

    protected override void StillWaiting() => _link.StillBlocked(_task);

    protected override void AskForSlot() => _link.Driver.Post(new DriverEvent(DriverEventKind.Unblocked, _link, Id, Attempt));

    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return false;
        _limit?.Dispose();
        _activity?.Dispose();
        DisposeCancellation();
        return true;
    }

    private void OnTimeLimit()
    {
        if (Volatile.Read(ref _ended) != 0)
            return;
        _timedOut = true;
        RequestCancel();
    }
}
