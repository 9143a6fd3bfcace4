using Braid.Coordination;
using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>
/// The search for deadlocks among tasks, calls of actors and locks: the real <see cref="WaitSnapshot"/> of the real scheduler's state. That a real one is
/// reported shows in the end, when everybody has ended; that a reported one is real shows a second world of the same seed, in which it is not broken.
/// </summary>
internal sealed partial class World
{
    private readonly Dictionary<long, BlockedTask> _blocked = [];
    private readonly int _frozenAt;
    private List<SimTask> _frozenMembers = [];
    private bool _frozen;

    /// <summary>A worker's end, a cancellation or a failure was under way when the world froze: what that frees says nothing.</summary>
    private bool _freedByForce;
    private bool _willLook;
    private int _deadlocks;

    private void Block(SimWorker worker, Body body, BlockedOn wait, int count)
    {
        _scheduler.Block(worker, body.Id, body.Attempt, wait.References, count);
        if (!_profile.Deadlocks || !IsCurrent(worker, body) || !body.Task.Blocked)
            return;
        if (!_blocked.TryGetValue(body.Id, out var blocked) || blocked.Attempt != body.Attempt)
            _blocked[body.Id] = blocked = new BlockedTask(body.Task, body.Attempt, worker);
        blocked.Add(wait);
        PlanLook();
    }

    private void Unblock(SimWorker worker, Body body)
    {
        if (_blocked.TryGetValue(body.Id, out var blocked) && blocked.Attempt == body.Attempt && blocked.Worker == worker)
            _blocked.Remove(body.Id);
        _scheduler.Unblock(worker, body.Id, body.Attempt);
    }

    private void PlanLook()
    {
        if (_willLook)
            return;
        _willLook = true;
        _clock.After(_random.Next(200, 5_000), Look);
    }

    private void Look()
    {
        _willLook = false;
        foreach (var (id, blocked) in _blocked)
        {
            if (blocked.Task.State != TaskState.Assigned || blocked.Task.Attempt != blocked.Attempt || blocked.Task.Worker != blocked.Worker)
                _blocked.Remove(id);
            else
                blocked.Looks++;
        }

        if (_blocked.Count == 0 || _frozen)
            return;
        var snapshot = new WaitSnapshot(_blocked, RequestOf, static holder => (holder as BodyHolder)?.Body.Task);
        snapshot.Graph.Reduce(() => _tasks.Exists(task => !task.HasEnded && !snapshot.IsStuck(task)));
        foreach (var cycle in snapshot.Graph.TakeCycles())
        {
            var members = cycle.ConvertAll(waiter => (SimTask)waiter.Subject);
            Log(null, $"a deadlock of {string.Join(", ", members)}");
            Require(cycle[0].Runs, $"the exception is to be raised at {members[0]}, which has not begun");
            Require(cycle.TrueForAll(member => !member.Runs || member.Order <= cycle[0].Order), $"the exception is not raised at the youngest of {members.Count}");
            if (++_deadlocks == _frozenAt)
            {
                (_frozen, _frozenMembers) = (true, members);
                _freedByForce = _workers.Exists(worker => worker.Dead && worker.State != WorkerState.Lost)
                    || _tasks.Exists(task => task.CancelRequested || (task.State == TaskState.Assigned && task.FailedAttempt == task.Attempt));
                return;
            }

            Break(_blocked[members[0].Id]);
        }

        PlanLook();
    }

    private Request? RequestOf(BlockedTask blocked, BlockedOn wait)
    {
        foreach (var (body, holder) in _holders)
        {
            if (body.Task == blocked.Task && body.Attempt == blocked.Attempt)
                return holder.Asked.GetValueOrDefault((int)wait.CallNumber);
        }

        return null;
    }

    /// <summary>The wait of the youngest ends; its body goes on without what it waited for.</summary>
    private void Break(BlockedTask blocked)
    {
        blocked.IsBroken = true;
        var worker = (SimWorker)blocked.Worker;
        var (_, at) = worker.Down.Send(_clock.Now, Delay());
        _clock.At(at, () =>
        {
            if (worker.Dead || worker.Bodies.Find(body => body.Task == blocked.Task && body.Attempt == blocked.Attempt) is not { State: MachineTaskState.Blocked } body)
                return;
            Log(worker, $"{body} is told of the deadlock");
            body.Waits++;
            if (body.Asked != 0)
                Withdraw(worker, body);
            GoOn(worker, body, "goes on after the deadlock");
        });
    }

    private void CheckThatNobodyWasFreed()
    {
        foreach (var member in _frozenMembers)
            Require(_freedByForce || !member.HasEnded, $"{member} was told of a deadlock and could go on");
    }

    private void CheckThatDeadlocksAreReal()
    {
        if (_frozenAt != 0 || _deadlocks == 0)
            return;
        var which = 1 + (int)(_seed % _deadlocks);
        _log?.WriteLine($"Once more, and deadlock {which} is not broken.");
        new World(_seed, _log, which).Run();
    }
}
