using System.Diagnostics;
using Braid.Diagnostics;
using Braid.Execution;

namespace Braid.Engines.Processes.Worker;

/// <summary>A task while it runs in a worker process: its outcome becomes a frame.</summary>
internal sealed class WorkerExecution : TaskExecution
{
    private readonly WorkerRuntime _runtime;
    private readonly WorkerTask _task;
    private readonly SemaphoreSlim? _credit;
    private long _started;
    private Timer? _limit;
    private bool _timedOut;
    private int _ended;
    private Activity? _activity;

    public WorkerExecution(WorkerRuntime runtime, WorkerTask task)
    {
        _runtime = runtime;
        _task = task;
        if (task.StreamCredit > 0)
            _credit = new SemaphoreSlim(task.StreamCredit);
    }

    public override long Id => _task.Id;

    public override int Attempt => _task.Attempt;

    public override string Name => _task.Name;

    public override int WorkerId => _runtime.Id;

    public override ClusterBackend Backend => _runtime.Backend;

    /// <summary>Runs the body on this thread, up to its first wait.</summary>
    public void Run()
    {
        _started = Stopwatch.GetTimestamp();
        if (_task.TimeLimit is { } limit)
            _limit = new Timer(static execution => ((WorkerExecution)execution!).OnTimeLimit(), this, limit, Timeout.InfiniteTimeSpan);
        if (_task.TraceParent is not null)
            _activity = BraidTracing.Run(Name, Id, Attempt, WorkerId, _task.TraceParent);
        Current = this;
        try
        {
            if (_task.Broken is { } broken)
                throw broken;
            var body = _runtime.Packer.UnpackCaptures(_task.Lambda!, _task.Captures);
            Invoker.For(body.GetType()).Invoke(body, this);
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
        Payload payload;
        try
        {
            payload = typeof(T) == typeof(Nothing) ? Payload.Empty : _runtime.Packer.Pack(value);
        }
        catch (Exception exception)
        {
            _runtime.Failed(_task, new BraidException($"The result of task '{Name}', of type {typeof(T)}, cannot travel: {exception.Message}", exception));
            return;
        }

        _runtime.Completed(_task, payload, ElapsedMicroseconds);
    }

    public override void Fail(Exception exception)
    {
        if (!TryEnd())
            return;
        if (exception is OperationCanceledException && _timedOut)
            _runtime.Failed(_task, new TimeoutException($"Task '{Name}' ran longer than its limit of {_task.TimeLimit}.", exception));
        else if (exception is OperationCanceledException && CancelRequested)
            _runtime.Cancelled(_task);
        else
            _runtime.Failed(_task, exception);
    }

    public override async ValueTask YieldAsync<T>(T item)
    {
        if (!_credit!.Wait(0, CancellationToken.None))
        {
            _runtime.Flush();
            await _credit.WaitAsync(CancellationToken).ConfigureAwait(false);
        }

        _runtime.Yield(_task, _runtime.Packer.Pack(item));
    }

    public void AddCredit(int items) => _credit?.Release(items);

    public override void ReportProgress(double fraction) => _runtime.Progress(_task, fraction);

    protected override void GiveUpSlot(IReadOnlyList<IObjectState> waitedFor) => _runtime.Blocked(_task, waitedFor);

    protected override void StillWaiting() => _runtime.StillBlocked(_task);

    protected override void AskForSlot() => _runtime.Unblock(_task);

    private long ElapsedMicroseconds => (long)Stopwatch.GetElapsedTime(_started).TotalMicroseconds;

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
        if (_timedOut)
        {
            _runtime.Overrun(_task);
            return;
        }

        _timedOut = true;
        RequestCancel();
        try
        {
            _limit!.Change(_runtime.CancelGrace, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // It ended in this moment.
        }
    }
}
