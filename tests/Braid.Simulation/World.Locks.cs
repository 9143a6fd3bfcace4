using Braid.Coordination;
using Braid.Driver;
using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>Locks that tasks and calls of actors take: the real <see cref="CoordinationMachine"/> behind links, and bodies that wait without a slot.</summary>
internal sealed partial class World
{
    private readonly CoordinationMachine _coordination = new();
    private readonly List<SemaphoreState> _locks = [];
    private readonly Dictionary<Body, BodyHolder> _holders = [];

    /// <summary>An attempt as one that holds and waits.</summary>
    private sealed class BodyHolder(SimWorker worker, Body body) : Holder($"{body}")
    {
        public Body Body => body;

        /// <summary>By the number that the worker gave them, until they are over.</summary>
        public Dictionary<int, Request> Asked { get; } = [];

        public bool IsOver => !IsCurrent(worker, body);
    }

    private static bool IsCurrent(SimWorker worker, Body body) =>
        body.Task is { State: TaskState.Assigned } task && task.Attempt == body.Attempt && task.Worker == worker;

    private void MakeLocks()
    {
        for (var i = 0; i < _profile.Locks; i++)
        {
            _locks.Add((SemaphoreState)(_random.Next(3) != 0
                ? _coordination.Create(PrimitiveKind.Lock, 1, $"lock {i}")
                : _coordination.Create(PrimitiveKind.Semaphore, 2, $"semaphore {i}")));
        }
    }

    /// <summary>At the worker: the body keeps its slot until it is told to wait.</summary>
    private void Acquire(SimWorker worker, Body body, Step step)
    {
        var number = ++body.Asks;
        body.Asked = number;
        body.AwaitsAnswer = true;
        var endsByItself = step.Microseconds > 0;
        Log(worker, $"{body} asks for {_locks[step.Count]}");
        ReportOnce(worker, "asks for a lock", body, () => OnAsk(worker, body, number, step.Count, endsByItself));
        if (endsByItself)
            _clock.After(step.Microseconds, () => GiveUp(worker, body, number));
    }

    private void OnAsk(SimWorker worker, Body body, int number, int which, bool endsByItself)
    {
        if (!IsCurrent(worker, body))
        {
            Answer(worker, body, number, which, endsByItself, OutcomeKind.Refused);
            return;
        }

        if (!_holders.TryGetValue(body, out var holder))
            _holders[body] = holder = new BodyHolder(worker, body);
        var request = new Request
        {
            Operation = Operation.Acquire,
            Targets = [_locks[which]],
            Holder = holder,
            Origin = new Action<OutcomeKind>(kind => Answer(worker, body, number, which, endsByItself, kind)),
        };
        holder.Asked[number] = request;
        _coordination.Ask(request);
        DeliverAnswers();
    }

    private void DeliverAnswers()
    {
        var answers = _coordination.Answers.ToArray();
        _coordination.Answers.Clear();
        foreach (var (request, outcome) in answers)
            ((Action<OutcomeKind>)request.Origin!)(outcome.Kind);
    }

    private void Answer(SimWorker worker, Body body, int number, int which, bool endsByItself, OutcomeKind kind)
    {
        var (_, at) = worker.Down.Send(_clock.Now, Delay());
        _clock.At(at, () =>
        {
            // One that has given up has given back, too, whatever it is granted.
            if (worker.Dead || body.Asked != number || !worker.Bodies.Contains(body))
                return;
            Log(worker, $"{body} is told: {kind}");
            if (kind == OutcomeKind.Waiting)
                AwaitLock(worker, body, number, endsByItself);
            else if (kind == OutcomeKind.Granted)
                Granted(worker, body, number, which);
            else
                GiveUp(worker, body, number);
        });
    }

    private void AwaitLock(SimWorker worker, Body body, int number, bool endsByItself)
    {
        if (body.CancelRequested)
        {
            GiveUp(worker, body, number);
            return;
        }

        body.AwaitsAnswer = false;
        body.Waits++;
        var wait = new BlockedOn([], 0, endsByItself, null, number, UnderWay: 1);
        ReportOnce(worker, "waits for a lock", body, () => Block(worker, body, wait, int.MaxValue));
        worker.Machine.Blocked(body);
        Obey(worker);
    }

    private void Granted(SimWorker worker, Body body, int number, int which)
    {
        body.Asked = 0;
        body.Held.Add((number, which));
        var holding = _workers.Where(other => !other.Dead && other.State != WorkerState.Lost)
            .Sum(other => other.Bodies.Where(one => !IsLeftBehind(one)).Sum(one => one.Held.Count(held => held.Lock == which)));
        Require(holding <= _locks[which].Permits, $"{holding} hold {_locks[which]}, {_locks[which].Permits} may");
        GoOn(worker, body, "has the lock");
    }

    private void GiveUp(SimWorker worker, Body body, int number)
    {
        if (worker.Dead || body.Asked != number || !worker.Bodies.Contains(body))
            return;
        Withdraw(worker, body);
        GoOn(worker, body, "gives up the lock");
    }

    /// <summary>Its wait is over: it asks for its slot again, or has never given it up. One that was made to go on already does so.</summary>
    private void GoOn(SimWorker worker, Body body, string why)
    {
        if (body.AwaitsAnswer)
            _clock.After(1, () => Step(worker, body));
        else if (body.State == MachineTaskState.Blocked)
            ReportOnce(worker, why, body, () => Unblock(worker, body));
        body.AwaitsAnswer = false;
    }

    private void Withdraw(SimWorker worker, Body body)
    {
        var number = body.Asked;
        body.Asked = 0;
        ReportOnce(worker, "withdraws", body, () => EndRequest(body, number));
    }

    private void Release(SimWorker worker, Body body)
    {
        if (body.Held.Count == 0)
            return;
        var (number, _) = body.Held[^1];
        body.Held.RemoveAt(body.Held.Count - 1);
        ReportOnce(worker, "releases", body, () => EndRequest(body, number));
    }

    private void EndRequest(Body body, int number)
    {
        if (!_holders.TryGetValue(body, out var holder) || !holder.Asked.Remove(number, out var request))
            return;
        _coordination.End(request);
        DeliverAnswers();
    }

    /// <summary>After every event: attempts that are over hold nothing any more.</summary>
    private void EndHolders()
    {
        foreach (var (body, holder) in _holders)
        {
            if (!holder.IsOver)
                continue;
            _holders.Remove(body);
            _coordination.HolderEnded(holder);
            DeliverAnswers();
        }
    }
}
