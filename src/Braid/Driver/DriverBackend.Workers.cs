using Braid.Driver.Workers;
using Braid.Execution;

namespace Braid.Driver;

// Adding and removing workers, looking after those that there are, and ending in good order.
internal sealed partial class DriverBackend
{
    /// <summary>How often workers are looked after. Everything that is judged over time is counted in these, so a driver that was stopped itself blames nobody.</summary>
    internal static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>A start takes a quarter of a second: shorter queues are gone before it has come to anything.</summary>
    private static readonly TimeSpan GrowAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Null while the number of workers is fixed. While the inbox is drained.</summary>
    private Autoscaler? _autoscaler;

    private ITimer? _ticks;

    /// <summary>Whether a tick waits in the inbox: a busy one gets no second.</summary>
    private int _tickWaits;

    /// <summary>The time in ticks. While the inbox is drained.</summary>
    private TimeSpan _ticked;

    /// <summary>Set once <see cref="DrainAsync"/> was called: nothing new is taken from outside of tasks.</summary>
    private volatile bool _draining;

    /// <summary>Those who wait for the last task to end. While the inbox is drained.</summary>
    private readonly List<TaskCompletionSource> _drained = [];

    public override Task ScaleAsync(int workers, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        if (Options.IsAdaptive)
            throw new InvalidOperationException("This cluster scales itself between ClusterOptions.MinWorkers and MaxWorkers.");
        var scaled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Post(new DriverEvent(DriverEventKind.Scale, null, 0, 0, scaled, null, workers));
        return scaled.Task.WaitAsync(cancellationToken);
    }

    public override async Task DrainAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        if (TaskExecution.Current is { } execution && execution.Backend == this)
            throw new InvalidOperationException("A task cannot drain the cluster that runs it: it would wait for its own end.");
        _draining = true;
        // Either a submitter sees the flag, or its task is counted before the inbox looks.
        Interlocked.MemoryBarrier();
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Post(new DriverEvent(DriverEventKind.Drain, null, 0, 0, drained));
        try
        {
            await drained.Task.WaitAsync(timeout, Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Pending:N0} tasks had not ended {timeout} after DrainAsync. They go on; call it again to wait longer, or dispose of the cluster.");
        }
    }

    /// <summary>For the submitting thread, once its task is counted.</summary>
    private void ThrowIfDraining()
    {
        if (!_draining || TaskExecution.Current?.Backend == this)
            return;
        Interlocked.Decrement(ref _submitted);
        _inbox.Post(new DriverEvent(DriverEventKind.Tick, null, 0, 0));
        throw Draining();
    }

    private static InvalidOperationException Draining() =>
        new("The cluster is draining: after DrainAsync it takes no new work but that of the tasks that it still has.");

    private void StartTicking()
    {
        if (Options.IsAdaptive)
            _autoscaler = new Autoscaler(Options.LeastWorkers, Options.MostWorkers, Options.SlotCount, GrowAfter, Options.WorkerIdleTimeout);
        if (_autoscaler is null && !Session.WatchesWorkers)
            return;
        _ticks = Options.TimeProvider.CreateTimer(
            static driver =>
            {
                if (Interlocked.Exchange(ref ((DriverBackend)driver!)._tickWaits, 1) == 0)
                    ((DriverBackend)driver).Post(new DriverEvent(DriverEventKind.Tick, null, 0, 0, driver));
            },
            this, TickPeriod, TickPeriod);
    }

    /// <summary>A moment to look after the workers: a real tick has the driver as its subject, another only asks to look whether all has ended.</summary>
    private void Tick(in DriverEvent e)
    {
        if (e.Subject is null)
            return;
        Volatile.Write(ref _tickWaits, 0);
        _ticked += TickPeriod;
        foreach (var link in _workers.Links)
            link.Tick();
        if (_autoscaler is not null)
            Adapt(_autoscaler);
    }

    private void Adapt(Autoscaler autoscaler)
    {
        var queued = (long)_scheduler.ReadyCount;
        var idle = 0;
        foreach (var link in _workers.Links)
        {
            queued += Math.Max(0, link.AssignedCount - link.BlockedCount - link.Slots);
            idle += link is { AssignedCount: 0, IsReplaced: false } ? 1 : 0;
        }

        var wanted = autoscaler.Decide(_ticked, new Workload(_workers.Wanted, queued, idle));
        if (wanted != _workers.Wanted)
            Scale(wanted, null);
    }

    private void Scale(int workers, TaskCompletionSource? scaled)
    {
        _workers.Want(workers, scaled);
        DrainSurplus();
    }

    private void DrainSurplus()
    {
        foreach (var link in _workers.Surplus())
            _scheduler.Drain(link);
    }

    /// <summary>After each batch: the only place where the count of pending tasks can have come to nothing.</summary>
    private void TellDrained()
    {
        if (Pending > 0)
            return;
        foreach (var drained in _drained)
            drained.TrySetResult();
        _drained.Clear();
    }

    /// <summary>For links: a worker is short of memory, or has room again. While the inbox is drained.</summary>
    public void SetPressure(WorkerLink link, bool isPressed) => _scheduler.SetPressure(link, isPressed);
}
