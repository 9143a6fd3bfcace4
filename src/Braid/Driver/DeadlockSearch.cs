using System.Diagnostics;
using System.Text;
using Braid.Coordination;
using Braid.Deadlocks;
using Braid.Diagnostics;

namespace Braid.Driver;

/// <summary>
/// Looks, a few times a second while tasks wait inside their bodies, for waits that can never end, and raises an exception at one of each cycle. A task
/// that waits for less than a fifth of a second costs an entry in a table; no search looks at it. Touched while the inbox is drained.
/// </summary>
internal sealed class DeadlockSearch : IDisposable
{
    /// <summary>A wait is looked at by the second search after it began: so a deadlock is found within two of these, and news on their way arrive before.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>A search may take a twentieth of the time; with more waiters than that allows, searches come less often.</summary>
    private const int RestPerSearch = 20;

    private readonly DriverBackend _driver;

    /// <summary>Attempts that wait inside their bodies, by the id of their task.</summary>
    private readonly Dictionary<long, BlockedTask> _blocked = [];
    private readonly ITimer _timer;
    private bool _armed;
    private long _changes;
    private long _seenChanges = -1;

    public DeadlockSearch(DriverBackend driver)
    {
        _driver = driver;
        _timer = driver.Options.TimeProvider.CreateTimer(
            static driver => ((DriverBackend)driver!).Post(new DriverEvent(DriverEventKind.LookForDeadlocks, null, 0, 0)),
            driver, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Blocked(TaskRecord task, WorkerLink link, BlockedOn wait)
    {
        if (!_blocked.TryGetValue(task.Id, out var blocked) || blocked.Attempt != task.Attempt)
            _blocked[task.Id] = blocked = new BlockedTask(task, task.Attempt, link);
        blocked.Add(wait);
        _changes++;
        Arm(Interval);
    }

    /// <summary>It goes on, or has ended.</summary>
    public void Unblocked(long id, int attempt)
    {
        if (_blocked.Count > 0 && _blocked.TryGetValue(id, out var blocked) && blocked.Attempt == attempt)
            _blocked.Remove(id);
    }

    public void WorkerLost(WorkerLink link)
    {
        foreach (var (id, blocked) in _blocked)
        {
            if (blocked.Worker == link)
                _blocked.Remove(id);
        }
    }

    public void Look()
    {
        _armed = false;
        if (_blocked.Count == 0)
            return;
        var started = Stopwatch.GetTimestamp();
        var changes = _changes + _driver.WaitChanges;
        var isNew = false;
        foreach (var blocked in _blocked.Values)
            isNew |= ++blocked.Looks == 2;
        if (isNew || changes != _seenChanges)
            Search();
        _seenChanges = changes;
        var rest = Stopwatch.GetElapsedTime(started) * RestPerSearch;
        Arm(rest > Interval ? rest : Interval);
    }

    public void Dispose() => _timer.Dispose();

    private void Arm(TimeSpan wait)
    {
        if (_armed)
            return;
        _armed = true;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Search()
    {
        var snapshot = new WaitSnapshot(
            _blocked,
            static (blocked, wait) => DriverCoordination.RequestOf((WorkerLink)blocked.Worker, wait),
            static holder => (holder as TaskHolder)?.Task);
        snapshot.Graph.Reduce(() => _driver.CanAnyGoOn(snapshot.IsStuck));
        foreach (var cycle in snapshot.Graph.TakeCycles())
            Raise(cycle, snapshot);
    }

    private void Raise(List<Waiter> cycle, WaitSnapshot snapshot)
    {
        var members = new DeadlockMember[cycle.Count];
        for (var i = 0; i < members.Length; i++)
        {
            var task = (TaskRecord)cycle[i].Subject;
            members[i] = new DeadlockMember(
                task.Id, task.Name, cycle[i].Runs || task is ActorRecord { Node.Started: true } ? task.Worker!.Id : 0, Words(cycle[i], cycle[(i + 1) % cycle.Count], snapshot));
        }

        var text = new StringBuilder(members.Length == 1
            ? "Deadlock: a task waits for what only it can bring about."
            : $"Deadlock: {members.Length} tasks wait for each other in a circle, and nothing else can let any of them go on.");
        foreach (var member in members)
        {
            var where = member.WorkerId == 0 ? "not started" : $"on worker {member.WorkerId}";
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n  task {member.TaskId} '{member.Name}' ({where}) waits for {member.WaitsFor}");
        }

        var victim = _blocked[((TaskRecord)cycle[0].Subject).Id];
        victim.IsBroken = true;
        var deadlock = new DeadlockException(text.ToString(), members);
        BraidEvents.Log.DeadlockFound(victim.Task.Id, members.Length, deadlock.Message);
        var link = (WorkerLink)victim.Worker;
        link.Break((TaskRecord)victim.Task, victim.Attempt, deadlock);
        _driver.MarkDirty(link);
    }

    /// <summary>What the one waits for, as far as it is kept by the other.</summary>
    private static string Words(Waiter waiter, Waiter keeper, WaitSnapshot snapshot)
    {
        var by = (TaskRecord)keeper.Subject;
        foreach (var wait in waiter.Waits)
        {
            if (wait.Request is null && wait.Ends.Contains(keeper))
                return $"the end of task {by.Id}";
            if (wait.Request is { Target: SemaphoreState semaphore } request)
            {
                var what = semaphore.Kind == PrimitiveKind.Lock ? $"{semaphore}" : $"{request.Number} of {semaphore.Permits} permits of {semaphore}";
                if (semaphore.Holding.Any(holding => snapshot.Find(holding.Holder) == keeper))
                    return $"{what}, held by task {by.Id}";
                if (semaphore.Line.Any(ahead => ahead != request && snapshot.Find(ahead.Holder) == keeper))
                    return $"{what}, for which task {by.Id} stands before it in the line";
            }
            else if (wait.Request is { } other)
            {
                return $"{other.Operation.ToString().ToLowerInvariant()} of {string.Join(", ", other.Targets.Distinct())}, which no task is left to serve";
            }
        }

        return $"task {by.Id}";
    }
}
