using System.Runtime.CompilerServices;
using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>
/// One seed's world: a driver around the real <see cref="Scheduler"/>, workers around the real <see cref="WorkerMachine"/>, links that delay and lose,
/// processes that die. It runs until nothing is left to happen, and throws <see cref="SimulationFailureException"/> when an invariant is broken.
/// </summary>
/// <remarks>This part is what happens to the world; Driver and Workers are the two shells, Invariants what must hold.</remarks>
internal sealed partial class World
{
    /// <summary>Past this many events a world that small is going in circles.</summary>
    private const long EventsMaximum = 200_000;

    private readonly long _seed;
    private readonly Random _random;
    private readonly Profile _profile;
    private readonly Workload _workload;
    private readonly Clock _clock = new();
    private readonly TextWriter? _log;
    private readonly List<SimTask> _tasks = [];
    private readonly List<SimWorker> _workers = [];

    /// <summary>Tasks that bodies have submitted and the driver has not yet seen.</summary>
    private readonly List<SimTask> _underWay = [];
    private int _workerId;
    private int _crashesLeft;

    /// <param name="seed">Decides all that happens.</param>
    /// <param name="log">Told all that happens.</param>
    /// <param name="frozenAt">The number of the deadlock that is not broken: from there on nobody looks for deadlocks, and nothing else befalls anybody.</param>
    public World(long seed, TextWriter? log = null, int frozenAt = 0)
    {
        _seed = seed;
        _log = log;
        _frozenAt = frozenAt;
        _random = new Random((int)(seed ^ seed >> 32));
        _profile = Profile.Of(_random);
        _workload = new Workload(_random, _profile);
        _scheduler = new Scheduler(_profile.Options);
        _crashesLeft = _profile.Crashes;
        MakeLocks();
    }

    public bool IsLogged => _log is not null;

    public long Events => _clock.Events;

    public void Run()
    {
        _log?.WriteLine(_profile);
        foreach (var shape in _profile.Workers)
            Start(shape);
        for (var i = 0; i < _profile.Tasks; i++)
            _clock.At(_random.NextInt64(_profile.SpanMicroseconds), SubmitOne);
        StartActors();
        Repeat(_profile.Crashes, CrashOne);
        Repeat(_profile.Partitions, PartitionOne);
        Repeat(_profile.Drains, DrainOne);
        Repeat(_profile.Cancels, CancelOne);
        Repeat(_profile.Scalings, ScaleOne);
        Repeat(_profile.Pressures, PressOne);
        if (_profile.Held)
            Repeat(_profile.Losses, LoseOne);
        if (_profile.Held)
            Repeat(_profile.Tasks, FreeOne);
        try
        {
            while (_clock.Step())
                Require(_clock.Events < EventsMaximum, $"it goes in circles");
            if (_frozen)
                CheckThatNobodyWasFreed();
            else
                CheckQuiescence();
        }
        catch (Exception e) when (e is not SimulationFailureException)
        {
            throw new SimulationFailureException(_seed, _clock.Now, e.Message, e);
        }
        CheckThatDeadlocksAreReal();
    }

    private void Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++)
            _clock.At(_random.NextInt64(_profile.SpanMicroseconds + 30_000), action);
    }

    private long Delay() => _random.Next(16) == 0 ? _random.Next(_profile.DelayMicroseconds * 10) : _random.Next(_profile.DelayMicroseconds);

    private void Log(SimWorker? worker, [InterpolatedStringHandlerArgument("")] ref LogLine line) =>
        _log?.WriteLine($"{_clock.Now,9} {(worker is null ? "driver" : worker.ToString()),-10} {line.Finish()}");

    private void Start(Shape shape)
    {
        var worker = new SimWorker(++_workerId, shape, _profile.FinishedKept);
        if (_profile.Recycled)
            worker.AttemptsLeft = _random.Next(1, 20);
        _workers.Add(worker);
        _clock.After(Delay(), () => Drive($"{worker} joins, {shape.Slots} slots", () => _scheduler.WorkerJoined(worker)));
    }

    private void SubmitOne()
    {
        var task = _workload.Make(_tasks, [], null);
        Submit(task);
    }

    private SimWorker? AnyWorker(Predicate<SimWorker> predicate)
    {
        var candidates = _workers.FindAll(predicate);
        return candidates.Count == 0 ? null : candidates[_random.Next(candidates.Count)];
    }

    private void CrashOne()
    {
        if (!_frozen && AnyWorker(worker => !worker.Dead && worker.State != WorkerState.Lost) is { } worker && _crashesLeft-- > 0)
            Crash(worker, null);
    }

    /// <summary>The process ends. Some of what it wrote last never arrives; then the driver learns of it.</summary>
    private void Crash(SimWorker worker, SimTask? blamed)
    {
        if (worker.Dead)
            return;
        worker.Dead = true;
        _freedByForce |= _frozen;
        worker.Up.CutAfter(worker.Up.Sent - (_random.Next(2) == 0 ? 0 : _random.Next(8)));
        Log(worker, $"dies");
        _clock.At(worker.Up.LastArrival + Delay(), () => Lose(worker, blamed));
    }

    /// <summary>The driver takes a worker for lost that is only cut off: it works on for a while, and its frames come late.</summary>
    private void PartitionOne()
    {
        if (_frozen || AnyWorker(worker => worker.State is WorkerState.Alive or WorkerState.Draining) is not { } worker)
            return;
        Lose(worker, null);
        _clock.After(_random.Next(10_000), () => worker.Dead = true);
    }

    private void DrainOne()
    {
        if (AnyWorker(worker => worker.State == WorkerState.Alive) is { } worker)
            Drive($"drain {worker}", () => _scheduler.Drain(worker));
    }

    private void CancelOne()
    {
        if (_tasks.Count == 0 || _frozen)
            return;
        var task = _tasks[_random.Next(_tasks.Count)];
        if (task.IsLife)
            return;
        var force = _random.Next(3) == 0;
        if (!task.HasEnded)
            task.CancelledAttempt = Math.Min(task.CancelledAttempt, task.Attempt);
        Drive($"cancel {task}{(force ? " by force" : "")}", () => _scheduler.Cancel(task, force));
    }

    /// <summary>The last reference to a value goes, unless a task that has not ended still needs it.</summary>
    private void FreeOne()
    {
        if (_tasks.Count == 0)
            return;
        var task = _tasks[_random.Next(_tasks.Count)];
        if (task.State == TaskState.Done && !_tasks.Exists(other => !other.HasEnded && other.Dependencies.Contains(task))
            && !_underWay.Exists(other => other.Dependencies.Contains(task)))
        {
            task.Freed = true;
            Log(null, $"lets the value of {task} go");
        }
    }
}
