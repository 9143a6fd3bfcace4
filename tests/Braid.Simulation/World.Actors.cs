using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>Actors in the world: some are started, called by several callers, stopped and killed; in the end all are stopped.</summary>
internal sealed partial class World
{
    /// <summary>After everything else that is planned, stops included.</summary>
    private const long LastStopMicroseconds = 400_000;

    private readonly List<SimTask> _lives = [];

    /// <summary>The last call that started, by actor, incarnation, caller and group.</summary>
    private readonly Dictionary<(long Actor, int Incarnation, long Caller, int Group), long> _lastStarted = [];

    private void StartActors()
    {
        for (var i = 0; i < _profile.Actors; i++)
        {
            _clock.At(_random.NextInt64(_profile.SpanMicroseconds / 4 + 1), () =>
            {
                var life = _workload.MakeActor();
                _lives.Add(life);
                Submit(life);
            });
        }

        for (var i = 0; i < _profile.Calls; i++)
            _clock.At(_random.NextInt64(_profile.SpanMicroseconds), CallOne);
        Repeat(_profile.ActorStops, () => EndActor(kill: false));
        Repeat(_profile.ActorKills, () => EndActor(kill: true));
        _clock.At(LastStopMicroseconds, StopAll);
    }

    private SimTask? AnyActor() => _lives.Count == 0 ? null : _lives[_random.Next(_lives.Count)];

    /// <summary>The program that started the cluster is one caller; two are played here, so that orders mix.</summary>
    private void CallOne()
    {
        if (AnyActor() is not { } life)
            return;
        if (_random.Next(4) == 0)
            AwaitRoom(life);
        else
            Submit(_workload.MakeCall(life, -_random.Next(2), _tasks, null));
    }

    private bool SpawnsCall(Body body) => (body.Task.Role is null || _profile.Deadlocks) && _lives.Count > 0 && _random.Next(2) == 0;

    private void EndActor(bool kill)
    {
        if (_frozen || AnyActor() is not { } life)
            return;
        var actor = life.Role!.Actor;
        if (!kill)
        {
            Drive($"stop actor {life.Id}", () => _scheduler.StopActor(actor));
            return;
        }

        Drive($"kill actor {life.Id}", () => _scheduler.KillActor(actor));
        var incarnation = life.Attempt;
        // A frame that is under way must not be overtaken by the grace: no engine that leaves an actor behind delays frames so long.
        _clock.After(1_000 + _profile.DelayMicroseconds * 30L + _random.Next(5_000), () =>
            Drive($"the grace of actor {life.Id} is over", () => _scheduler.GiveUpActor(actor, incarnation)));
    }

    private void StopAll()
    {
        foreach (var life in _lives)
            Drive($"stop actor {life.Id}", () => _scheduler.StopActor(life.Role!.Actor));
    }

    /// <summary>At the worker: the constructor has returned.</summary>
    private void Construct(SimWorker worker, Body body)
    {
        if (body.Constructed)
            return;
        body.Constructed = true;
        Report(worker, "has started", body, () => _scheduler.ActorStarted(worker, body.Id, body.Attempt));
    }

    /// <summary>At the worker: the actor is to end, with its disposal.</summary>
    private void StopLife(SimWorker worker, long id, int attempt)
    {
        if (!worker.Lives.TryGetValue(id, out var body) || body.Attempt != attempt || !worker.Bodies.Contains(body))
            return;
        var killed = body.Task.Role!.Actor.Killed;
        Require(body.Constructed || killed, $"{body} is to end before it has started");
        Require(killed || !worker.Bodies.Exists(other => Array.IndexOf(body.Lanes, other.Lane) >= 0), $"{body} is to end while a call of it runs");
        _clock.After(_random.Next(100), () =>
        {
            if (worker.Dead || !worker.Bodies.Remove(body))
                return;
            Report(worker, "completed", body, () => _scheduler.Completed(worker, body.Id, body.Attempt, 0));
            worker.Machine.Finished(body);
            Obey(worker);
        });
    }

    /// <summary>A call starts: where its actor lives, in its caller's order, in a turn of its own, and once only unless more was asked for.</summary>
    private void CheckCallStart(SimWorker worker, Body body, ActorCall call)
    {
        var life = call.Actor.Life;
        Require(worker.Lives.TryGetValue(life.Id, out var home) && home.Constructed && worker.Bodies.Contains(home),
            $"call {body} starts at {worker}, where actor {life.Id} does not live");
        Require(body.Task.Retries > 0 || body.Task.Starts == 1, $"call {body} starts again and was to run at most once");
        var under = worker.Bodies.Count(other => other.Lane == body.Lane);
        Require(under <= call.Group.Concurrency, $"{under} calls of actor {life.Id} are under way in a group of {call.Group.Concurrency}");
        var key = (life.Id, home!.Attempt, call.Caller, call.GroupIndex);
        Require(!_lastStarted.TryGetValue(key, out var last) || last < body.Task.Sequence,
            $"call {body} of caller {call.Caller} starts after one that was made later");
        _lastStarted[key] = body.Task.Sequence;
    }
}
