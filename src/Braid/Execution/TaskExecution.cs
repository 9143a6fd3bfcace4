using System.Diagnostics;
using Braid.Actors;
using Braid.Diagnostics;
using Braid.Pools;
using Braid.Serialization;

namespace Braid.Execution;

/// <summary>
/// One attempt of one task while it runs: what user code reaches through <see cref="TaskContext"/>, where its result goes, and the slot
/// that it gives up while it waits. Engines derive from it. It is its own lock: a task more or less is an object more or less.
/// </summary>
internal abstract partial class TaskExecution
{
    private static readonly AsyncLocal<TaskExecution?> Flowing = new();

    /// <summary>Waits under way. The slot is held exactly while this is zero. Guarded by the object itself.</summary>
    private int _waits;

    /// <summary>Set while the slot is given up: ends when it is held again. Guarded by the object itself.</summary>
    private TaskCompletionSource? _slot;

    /// <summary>Requests for the slot that were not answered yet. Guarded by the object itself.</summary>
    private int _asked;

    /// <summary>The slot came back without having been asked for. Guarded by the object itself.</summary>
    private bool _granted;

    /// <summary>Never disposed: it has no timer and no handle to free, and code that outlives the task may still look at its token.</summary>
    private CancellationTokenSource? _cancellation;
    private volatile bool _cancelRequested;

    /// <summary>Ends the waits under way, whether the task is cancelled or a deadlock broken. Replaced after the latter. Guarded by the object itself.</summary>
    private CancellationTokenSource? _waitsEnding;

    /// <summary>What the waits ended by a deadlock throw.</summary>
    private DeadlockException? _deadlock;

    /// <summary>What those waits were for; null while none was ended. Guarded by the object itself.</summary>
    private HashSet<IObjectState>? _givenUp;
    private TaskContext? _context;

    /// <summary>What callbacks of the user's on the token threw; there is no other code of the task that could be told.</summary>
    private Exception? _callbackFault;

    /// <summary>Items that a stream may still send; null for other tasks.</summary>
    private readonly SemaphoreSlim? _credit;

    private long _started;
    private ITimer? _limit;
    private bool _timedOut;
    private int _ended;
    private Activity? _activity;

    /// <param name="streamCredit">Items that a stream may send at first; 0 for other tasks.</param>
    protected TaskExecution(int streamCredit) => _credit = streamCredit > 0 ? new SemaphoreSlim(streamCredit) : null;

    /// <summary>The task that this code runs in; null in the driver.</summary>
    public static TaskExecution? Current
    {
        get => Flowing.Value;
        private set => Flowing.Value = value;
    }

    public abstract long Id { get; }

    public abstract int Attempt { get; }

    public abstract string Name { get; }

    public abstract int WorkerId { get; }

    public abstract ClusterBackend Backend { get; }

    /// <summary>Of which actor this is the life or a call; null for other tasks.</summary>
    public virtual ActorHost? Host => null;

    /// <summary>How long it may run; null for as long as it likes.</summary>
    protected abstract TimeSpan? TimeLimit { get; }

    /// <summary>How long after its limit a process is given up; null where it cannot be.</summary>
    protected abstract TimeSpan? CancelGrace { get; }

    protected abstract TimeProvider TimeProvider { get; }

    /// <summary>The W3C id of the submitter's span; null while nobody traces.</summary>
    protected abstract string? TraceParent { get; }

    /// <summary>The part of a map that the task turned out to be; null for other tasks, and before it runs.</summary>
    public MappedPart? Part { get; set; }

    protected long ElapsedMicroseconds => (long)Stopwatch.GetElapsedTime(_started).TotalMicroseconds;

    public TaskContext Context => _context ??= new TaskContext(this);

    /// <summary>Set once the attempt was asked to end, by the user or by its time limit.</summary>
    public bool CancelRequested => _cancelRequested;

    /// <summary>Made on first use: most tasks never look.</summary>
    public CancellationToken CancellationToken
    {
        get
        {
            if (_cancellation is null)
            {
                var source = new CancellationTokenSource();
                Interlocked.CompareExchange(ref _cancellation, source, null);
                // Either this thread sees the request, or the one that requests sees the source.
                Interlocked.MemoryBarrier();
                if (_cancelRequested)
                    _cancellation.Cancel();
            }

            return _cancellation.Token;
        }
    }

    /// <summary>Whether the token may be signalled by somebody else than the task's own end.</summary>
    public bool IsForeign(CancellationToken token) => token.CanBeCanceled && (_cancellation is null || token != _cancellation.Token);

    /// <summary>What a wait for it that ended before its end threw; null where none did. The await of a reference is not told by its own wait.</summary>
    public Exception? WhyEndedEarly(IObjectState state)
    {
        if (_cancelRequested)
            return new TaskCanceledException($"The task that waits for reference {state.Id} was cancelled.");
        if (Volatile.Read(ref _deadlock) is not { } deadlock)
            return null;
        lock (this)
            return _givenUp?.Contains(state) == true ? deadlock : null;
    }

    public void RequestCancel()
    {
        _cancelRequested = true;
        Interlocked.MemoryBarrier();
        // User callbacks hang on the token: they must not run on the thread that reads the link.
        if (_cancellation is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static execution => execution.SignalCancel(), this, preferLocal: false);
        if (_waitsEnding is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static execution => execution.EndWaits(), this, preferLocal: false);
    }

    /// <summary>The waits under way are part of a cycle: they end with the exception, and the task goes on from there.</summary>
    public void Break(DeadlockException deadlock)
    {
        CancellationTokenSource? ending;
        lock (this)
        {
            Volatile.Write(ref _deadlock, deadlock);
            ending = _waitsEnding;
            // Waits that begin from here on are others.
            _waitsEnding = null;
        }

        if (ending is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static ending => ending.Cancel(), ending, preferLocal: false);
    }

    /// <summary>Runs the body on this thread, up to its first wait.</summary>
    public void Run()
    {
        _started = Stopwatch.GetTimestamp();
        if (TimeLimit is { } limit)
            _limit = TimeProvider.CreateTimer(static execution => ((TaskExecution)execution!).OnTimeLimit(), this, ObjectWaits.Limit(limit), Timeout.InfiniteTimeSpan);
        if (TraceParent is { } parent)
            _activity = BraidTracing.Run(Name, Id, Attempt, WorkerId, parent);
        Current = this;
        try
        {
            Invoke();
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

    /// <summary>The instance of the actor whose call this is.</summary>
    /// <exception cref="InvalidCastException">It is none of the class that the call was made for.</exception>
    public TActor ActorAs<TActor>() => (TActor)Host!.Instance!;

    /// <summary>Runs code as part of the task although its body has ended: the disposal of an actor.</summary>
    public async Task RunAsync(Func<Task> code)
    {
        Current = this;
        await code().ConfigureAwait(false);
    }

    /// <summary>Takes the result. Called once, or <see cref="Fail"/> is; whichever comes later is too late.</summary>
    public void Succeed<T>(T value)
    {
        if (TryEnd())
            Report(value);
    }

    /// <summary>Takes what the task threw; a cancellation that was asked for counts as cancelled, or as the time-out that asked for it.</summary>
    public void Fail(Exception exception)
    {
        if (!TryEnd())
            return;
        if (exception is OperationCanceledException && _timedOut)
            ReportFailure(new TimeoutException($"Task '{Name}' ran longer than its limit of {TimeLimit}.", exception));
        else if (exception is OperationCanceledException && CancelRequested && _callbackFault is null)
            ReportCancelled();
        else
            ReportFailure(_callbackFault ?? exception);
    }

    /// <summary>Takes one item of a stream; ends when the consumer has room for more.</summary>
    /// <exception cref="OperationCanceledException">The task was cancelled: a consumer that reads on would keep a producer that looks at no token going for ever.</exception>
    public async ValueTask YieldAsync<T>(T item)
    {
        if (_cancelRequested)
            throw new OperationCanceledException(CancellationToken);
        if (!_credit!.Wait(0, CancellationToken.None))
            // A producer whose consumer lags gives up its slot like any task that waits: the consumer may need just that one.
            await WaitAsync([], _credit.WaitAsync(CancellationToken)).ConfigureAwait(false);

        Send(item);
    }

    /// <summary>The consumer has taken so many items.</summary>
    public void AddCredit(int items) => _credit?.Release(items);

    public abstract void ReportProgress(double fraction);

    /// <summary>Calls the body.</summary>
    protected abstract void Invoke();

    protected abstract void Report<T>(T value);

    protected abstract void ReportFailure(Exception exception);

    protected abstract void ReportCancelled();

    /// <summary>It ran over its limit and the grace after it.</summary>
    protected abstract void ReportOverrun();

    protected abstract void Send<T>(T item);

    /// <summary>Tells the scheduler that the task waits. Called under the gate, so that it stays in order with <see cref="AskForSlot"/>.</summary>
    /// <param name="wait">The wait that begins.</param>
    /// <param name="underWay">How many of the task's waits are under way, this one among them.</param>
    protected abstract void GiveUpSlot(TaskWait wait, int underWay);

    /// <summary>The slot came while the task waits again: only the worker's own books need to know.</summary>
    protected abstract void StillWaiting();

    protected abstract void AskForSlot();

    protected BraidException CannotTravel<T>(T value, Exception exception) => exception is ObjectStoreFullException full
        ? new ObjectStoreFullException($"The result of task '{Name}', of type {TypeNames.Of(typeof(T))}, cannot be kept. {full.Message}", full)
        {
            RequestedBytes = full.RequestedBytes,
        }
        : Part?.Refusal(Name, value)
            ?? new BraidException($"The result of task '{Name}', of type {TypeNames.Of(typeof(T))}, cannot travel: {exception.Message}", exception);

    private void EndWaits()
    {
        CancellationTokenSource? ending;
        lock (this)
            ending = _waitsEnding;
        ending?.Cancel();
    }

    private void SignalCancel()
    {
        try
        {
            _cancellation!.Cancel();
        }
        catch (AggregateException exception)
        {
            _callbackFault = exception;
        }
    }

    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return false;
        _limit?.Dispose();
        _activity?.Dispose();
        return true;
    }

    private void OnTimeLimit()
    {
        if (Volatile.Read(ref _ended) != 0)
            return;
        if (_timedOut)
        {
            ReportOverrun();
            return;
        }

        _timedOut = true;
        RequestCancel();
        // False when it ended in this moment.
        if (CancelGrace is { } grace)
            _limit!.Change(grace, Timeout.InfiniteTimeSpan);
    }
}
