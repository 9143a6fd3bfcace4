using Braid.Driver;
using Braid.Execution;

namespace Braid;

/// <summary>How a cluster is made. Immutable: change it with <c>with</c>.</summary>
public sealed record ClusterOptions
{
    /// <summary>Where tasks run. Default: <see cref="Engine.Processes"/>.</summary>
    public Engine Engine { get; init; } = Engine.Processes;

    /// <summary>The most workers that a cluster may have.</summary>
    internal const int WorkersMax = 1024;

    /// <summary>How many workers; from 1 to 1024. Default: one per processor (for <see cref="Engine.InProcess"/>: one, with a slot per processor).</summary>
    public int? Workers { get; init; }

    /// <summary>How many tasks a worker runs at once; from 1 to 1024. Default: 1 (for <see cref="Engine.InProcess"/>: one per processor).</summary>
    public int? SlotsPerWorker { get; init; }

    /// <summary>
    /// What each worker offers besides its slots, which are its <c>cores</c>: <c>memory</c> in bytes, or names of your own.
    /// </summary>
    public IReadOnlyDictionary<string, double> Resources { get; init; } = new Dictionary<string, double>();

    /// <summary>Shared memory and spilling for values over 64 KiB.</summary>
    public ObjectStoreOptions Store { get; init; } = new();

    /// <summary>
    /// How long workers may take to start before starting fails. Default: 30 s; positive, at most 49 days, or
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a task that was told to end for its time limit may take before its worker is ended. Default: 1 s; from 0 to 49 days.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many tasks may be pending, give or take 64; submitting more fails. Default: 10,000,000.</summary>
    public int PendingTasksMax { get; init; } = 10_000_000;

    /// <summary>How often in a row a worker may die at its start before the cluster gives up on replacing it. Default: 5.</summary>
    public int StartFailuresMax { get; init; } = 5;

    /// <summary>
    /// Makes the number of workers follow the work: never fewer than this. From 1 to 1024. Default (null): 1 where <see cref="MaxWorkers"/> is set,
    /// else the number is fixed. The cluster starts with <see cref="Workers"/>, or with this many where that is not set.
    /// </summary>
    public int? MinWorkers { get; init; }

    /// <summary>
    /// Makes the number of workers follow the work: never more than this. Tasks that have been queued without a pause for half a second bring as many as
    /// could serve them, at most twice those that there are. From 1 to 1024. Default (null): one per processor where <see cref="MinWorkers"/> is set,
    /// else the number is fixed.
    /// </summary>
    public int? MaxWorkers { get; init; }

    /// <summary>How long a worker of a cluster that scales itself may have nothing to do before it is let go. Default: 30 s; positive.</summary>
    public TimeSpan WorkerIdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a worker process may leave a sign of life unanswered before it is taken for hung, ended and replaced; its tasks are retried as after
    /// any death. However long a task computes, its worker answers; one that is stopped (SIGSTOP, a debugger) does not. Default: 10 s; at least 1 s;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits for ever, which is what debugging a worker needs.
    /// </summary>
    public TimeSpan HangTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many bytes of memory each worker process may take, its shared memory apart; looked at four times a second, on Linux. From 70 % of it on
    /// nothing is sent ahead to the worker; from 85 % on it collects its garbage, and values that are not in use go to disk; over all of it the worker
    /// is ended and replaced, and its tasks are retried or fail with <see cref="WorkerLostException"/>. Default (null): the memory of the machine or
    /// container divided by the workers; <see cref="long.MaxValue"/> for no bound.
    /// </summary>
    public long? WorkerMemoryBytes { get; init; }

    /// <summary>
    /// How many bytes may be spent on remembering how values over 64 KiB were made, so that one that is lost (its shared memory removed, its disk
    /// broken) can be made again: what their tasks captured, and 256 bytes for each. Past it the oldest are forgotten, and losing such a value
    /// is an <see cref="ObjectLostException"/>. Default: 64 MiB; 0 remembers nothing.
    /// </summary>
    public long LineageBytesMax { get; init; } = 64 << 20;

    /// <summary>
    /// Runs once in every worker before its first task: opens what is costly, sets culture and the like. Must be able to travel, as
    /// any task's lambda. Default: nothing.
    /// </summary>
    public Action? WorkerInitializer { get; init; }

    /// <summary>
    /// Replaces a worker once it was given this many tasks: another one starts, and it ends when it has finished them. Default: never. At least 1.
    /// </summary>
    public int? TasksPerWorkerMax { get; init; }

    /// <summary>
    /// Receives each line that a worker writes to its console. An exception of it is told as an event of the source <c>Braid</c>, and the next line comes.
    /// Default: this console, marked with the worker.
    /// </summary>
    public Action<WorkerOutput>? Output { get; init; }

    /// <summary>Environment variables for worker processes, over those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The clock that time limits go by. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// What <see cref="Cluster.StartAsync"/> uses when it is given none: the default, changed by <c>BRAID_CLUSTER</c> where that is set,
    /// for example <c>inprocess</c>, <c>processes</c> or <c>processes?workers=4&amp;slots=2</c>.
    /// </summary>
    /// <exception cref="FormatException">The variable says something else.</exception>
    public static ClusterOptions FromEnvironment() =>
        ClusterAddress.Apply(new ClusterOptions(), System.Environment.GetEnvironmentVariable(ClusterAddress.Variable));

    internal bool IsAdaptive => MinWorkers is not null || MaxWorkers is not null;

    internal int LeastWorkers => MinWorkers ?? 1;

    internal int MostWorkers => MaxWorkers ?? Math.Max(LeastWorkers, System.Environment.ProcessorCount);

    internal int WorkerCount => IsAdaptive
        ? Math.Clamp(Workers ?? LeastWorkers, LeastWorkers, MostWorkers)
        : Workers ?? (Engine == Engine.InProcess ? 1 : System.Environment.ProcessorCount);

    /// <summary>Null where nothing bounds it.</summary>
    internal long? MemoryOfEachWorker => WorkerMemoryBytes switch
    {
        long.MaxValue => null,
        null => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var bytes ? bytes / (IsAdaptive ? MostWorkers : WorkerCount) : null,
        var bytes => bytes,
    };

    internal int SlotCount => SlotsPerWorker ?? (Engine == Engine.InProcess ? System.Environment.ProcessorCount : 1);

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Engine);
        ArgumentNullException.ThrowIfNull(Resources);
        ArgumentNullException.ThrowIfNull(Store);
        ArgumentNullException.ThrowIfNull(Environment);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Store.Validate();
        if (WorkerCount is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(Workers), Workers, "Workers must be from 1 to 1024.");
        if (SlotCount is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(SlotsPerWorker), SlotsPerWorker, "SlotsPerWorker must be from 1 to 1024.");
        if (MinWorkers is < 1 or > WorkersMax)
            throw new ArgumentOutOfRangeException(nameof(MinWorkers), MinWorkers, "MinWorkers must be from 1 to 1024.");
        if (MaxWorkers is < 1 or > WorkersMax)
            throw new ArgumentOutOfRangeException(nameof(MaxWorkers), MaxWorkers, "MaxWorkers must be from 1 to 1024.");
        if (MaxWorkers < MinWorkers)
            throw new ArgumentOutOfRangeException(nameof(MaxWorkers), MaxWorkers, $"MaxWorkers must not be less than MinWorkers, {MinWorkers}.");
        if (StartTimeout != System.Threading.Timeout.InfiniteTimeSpan && (StartTimeout <= TimeSpan.Zero || StartTimeout > ObjectWaits.TimerMax))
            throw new ArgumentOutOfRangeException(nameof(StartTimeout), StartTimeout, "StartTimeout must be positive and at most 49 days, or Timeout.InfiniteTimeSpan.");
        if (CancelGrace < TimeSpan.Zero || CancelGrace > ObjectWaits.TimerMax)
            throw new ArgumentOutOfRangeException(nameof(CancelGrace), CancelGrace, "CancelGrace must be from 0 to 49 days.");
        if (WorkerIdleTimeout <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(WorkerIdleTimeout), WorkerIdleTimeout, "WorkerIdleTimeout must be positive.");
        if (HangTimeout != System.Threading.Timeout.InfiniteTimeSpan && HangTimeout < TimeSpan.FromSeconds(1))
            throw new ArgumentOutOfRangeException(nameof(HangTimeout), HangTimeout, "HangTimeout must be at least 1 s, or Timeout.InfiniteTimeSpan.");
        if (WorkerMemoryBytes is < 1)
            throw new ArgumentOutOfRangeException(nameof(WorkerMemoryBytes), WorkerMemoryBytes, "WorkerMemoryBytes must be positive.");
        if (Resources.ContainsKey("cores"))
            throw new ArgumentException("A worker's cores are its slots: set SlotsPerWorker.", nameof(Resources));
        foreach (var (name, amount) in Resources)
            ResourceUnits.Of(name, amount);
        if (TasksPerWorkerMax is < 1)
            throw new ArgumentOutOfRangeException(nameof(TasksPerWorkerMax), TasksPerWorkerMax, "TasksPerWorkerMax must be at least 1.");
        if (PendingTasksMax < 1)
            throw new ArgumentOutOfRangeException(nameof(PendingTasksMax), PendingTasksMax, "PendingTasksMax must be at least 1.");
        if (LineageBytesMax < 0)
            throw new ArgumentOutOfRangeException(nameof(LineageBytesMax), LineageBytesMax, "LineageBytesMax is a number of bytes and cannot be negative.");
        if (StartFailuresMax < 1)
            throw new ArgumentOutOfRangeException(nameof(StartFailuresMax), StartFailuresMax, "StartFailuresMax must be at least 1.");
    }
}
