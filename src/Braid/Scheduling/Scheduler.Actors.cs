using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>
/// Actors: calls go, in the order of each caller, to the worker where the actor's life is assigned, and to no other. States, transitions and
/// reasons: docs/design/actors.md.
/// </summary>
internal sealed partial class Scheduler
{
    /// <summary>Submitted and not dead.</summary>
    private readonly List<ActorNode> _actors = [];

    /// <summary>Actors of which something has changed in this event: looked at before it ends.</summary>
    private readonly Queue<ActorNode> _touched = new();

    public IReadOnlyList<ActorNode> Actors => _actors;

    /// <summary>Lives that are assigned: they stay so without anything being under way.</summary>
    public int LivingActors { get; private set; }

    /// <summary>The constructor of this incarnation has returned.</summary>
    public void ActorStarted(WorkerNode worker, long id, int attempt)
    {
        if (Find(worker, id, attempt) is not { Role: { } role } life || role.Actor.Life != life)
            return;
        role.Actor.Started = true;
        Touch(role.Actor);
        Dispatch();
    }

    /// <summary>Ends the actor when all calls taken so far have ended. Calls that come later fail.</summary>
    public void StopActor(ActorNode actor)
    {
        actor.StopAsked = true;
        Touch(actor);
        Dispatch();
    }

    /// <summary>Ends the actor and all its calls. What runs is asked to end; <see cref="GiveUpActor"/> follows when it does not.</summary>
    public void KillActor(ActorNode actor)
    {
        if (actor.Killed || actor.State == ActorState.Dead)
            return;
        actor.Killed = actor.StopAsked = true;
        foreach (var group in actor.Groups)
        {
            while (group.AnyQueued() is { } queued)
                End(queued, TaskState.Failed, new ActorLoss(actor, Restarts: false, null));
        }
        if (actor.Life is { State: TaskState.Assigned, Worker: { } worker })
        {
            for (var task = worker.First; task is not null; task = task.Next)
            {
                if (task.Role?.Actor == actor && !task.CancelRequested && (task != actor.Life || !actor.Started))
                    CancelAssigned(task, force: false);
            }
        }
        Touch(actor);
        Dispatch();
    }

    /// <summary>A killed actor has not ended within the grace: its worker is killed, or, where that cannot be, the actor is left behind.</summary>
    public void GiveUpActor(ActorNode actor, int incarnation)
    {
        var life = actor.Life;
        if (life.State != TaskState.Assigned || life.Attempt != incarnation || !actor.Killed)
            return;
        if (life.Worker!.CanBeKilled)
        {
            CancelAssigned(life, force: true);
        }
        else
        {
            // The worker lets the instance go; a call that does not listen runs on there, and nobody hears of its end.
            Commands.Add(new Command(CommandKind.StopActor, life.Worker, life, life.Attempt));
            Unassign(life);
            End(life, TaskState.Cancelled, null);
        }
        Dispatch();
    }

    private void EnterActor(ActorNode actor)
    {
        actor.Place = _actors.Count;
        _actors.Add(actor);
    }

    private void SubmitCall(TaskNode task, ActorCall call)
    {
        var actor = call.Actor;
        task.Rootless = true;
        // What runs it again is the actor's restart, never the loss of its value.
        task.Needs = ActorCall.NoSlot;
        if (actor.StopAsked || actor.State == ActorState.Dead)
        {
            End(task, TaskState.Failed, new ActorLoss(actor, Restarts: false, actor.Life.Error));
            return;
        }
        actor.Pending++;
        actor.Taken++;
        call.Counted = true;
        if (--actor.CallsLeft == 0)
            actor.StopAsked = true;
        call.Group.QueueOf(call.Caller).Append(task);
        if (Register(task))
            MakeCallReady(task, call);
    }

    private void MakeCallReady(TaskNode task, ActorCall call)
    {
        task.State = TaskState.Ready;
        call.Group.List(call.Queue!);
        Touch(call.Actor);
    }

    private void Touch(ActorNode actor)
    {
        if (actor.Touched)
            return;
        actor.Touched = true;
        _touched.Enqueue(actor);
    }

    /// <summary>Sends what may be sent, stops what is to stop, and ends the calls of what is dead.</summary>
    private void ServeActors()
    {
        while (_touched.TryDequeue(out var actor))
        {
            actor.Touched = false;
            if (actor.State == ActorState.Dead)
                EndCalls(actor);
            else
                Serve(actor);
        }
    }

    private void Serve(ActorNode actor)
    {
        // To a worker that is about to be killed goes nothing new: it waits for the next incarnation.
        if (actor is { State: ActorState.Alive, Life.Worker.Condemned: false })
        {
            foreach (var group in actor.Groups)
            {
                while (group.InFlight < group.Window(_options) && group.NextReady() is { } task)
                    TrySend(task, group);
            }
        }
        if (!actor.StopAsked || actor.Pending > 0)
            return;
        switch (actor.State)
        {
            case ActorState.Alive:
                actor.StopSent = true;
                Commands.Add(new Command(CommandKind.StopActor, actor.Life.Worker, actor.Life, actor.Life.Attempt));
                break;
            case ActorState.Waiting or ActorState.Restarting:
                if (actor.Life.State == TaskState.Ready)
                    RemoveReady(actor.Life);
                End(actor.Life, actor.Killed ? TaskState.Cancelled : TaskState.Done, null);
                break;
        }
    }

    private void TrySend(TaskNode task, ActorGroup group)
    {
        // A dependency's value may have been lost since: then the call waits again, in its place, or ends with it.
        if (_valuesLost && !StillReady(task))
            return;
        group.Remove(task);
        var worker = ((ActorCall)task.Role!).Actor.Life.Worker!;
        task.State = TaskState.Assigned;
        task.Worker = worker;
        task.Mode = PlacementMode.Ahead;
        task.Attempt++;
        task.Started = true;
        _assigned.Add(task);
        worker.Append(task);
        group.InFlight++;
        Commands.Add(new Command(CommandKind.Assign, worker, task, task.Attempt));
    }

    /// <summary>Its queued calls fail, and those that a worker that cannot be killed still runs.</summary>
    private void EndCalls(ActorNode actor)
    {
        var loss = new ActorLoss(actor, Restarts: false, actor.Life.Error);
        foreach (var group in actor.Groups)
        {
            while (group.AnyQueued() is { } queued)
                End(queued, TaskState.Failed, loss);
            if (group.InFlight == 0)
                continue;
            var left = new List<TaskNode>();
            for (var task = actor.Life.Worker!.First; task is not null; task = task.Next)
            {
                if (task.Role is ActorCall call && call.Group == group)
                    left.Add(task);
            }
            foreach (var task in left)
            {
                Unassign(task);
                End(task, TaskState.Failed, loss);
            }
        }
    }

    /// <summary>
    /// The worker of these lives and calls is lost. A life restarts as a task is retried, but one that was not to restart never comes back empty, not
    /// even after a kill on purpose. A call may have run: it is sent again only if that was asked for.
    /// </summary>
    private void ActorsLost(List<TaskNode> lost, object error, TaskNode? blamed, bool onPurpose)
    {
        foreach (var life in lost)
        {
            if (life.Role is null or ActorCall || life.HasEnded)
                continue;
            var actor = life.Role.Actor;
            if (life == blamed || actor.Killed)
            {
                End(life, TaskState.Cancelled, null);
            }
            else if (onPurpose ? !actor.MayRestart : life.RetriesLeft == 0)
            {
                End(life, TaskState.Failed, error);
            }
            else
            {
                life.RetriesLeft -= onPurpose ? 0 : 1;
                MakeReady(life);
            }
        }
        // Backwards, so that each goes before those of its caller that were sent after it.
        for (var i = lost.Count - 1; i >= 0; i--)
        {
            if (lost[i] is { Role: ActorCall call, HasEnded: false } task)
                CallLost(task, call, error, blamed, onPurpose);
        }
    }

    private void CallLost(TaskNode task, ActorCall call, object error, TaskNode? blamed, bool onPurpose)
    {
        var restarts = call.Actor.State != ActorState.Dead;
        if (task == blamed || (task.CancelRequested && !call.Actor.Killed))
        {
            End(task, TaskState.Cancelled, null);
        }
        else if (!restarts || task.RetriesLeft == 0)
        {
            End(task, TaskState.Failed, new ActorLoss(call.Actor, restarts, error));
        }
        else
        {
            task.RetriesLeft -= onPurpose ? 0 : 1;
            CallAgain(task, call);
        }
    }

    /// <summary>Before all that wait: it was sent before them.</summary>
    private void CallAgain(TaskNode task, ActorCall call)
    {
        call.Group.QueueOf(call.Caller).Prepend(task);
        MakeCallReady(task, call);
    }

    /// <summary>From <see cref="Unassign"/>.</summary>
    private void RoleUnassigned(TaskNode task, ActorRole role)
    {
        if (role is ActorCall call)
        {
            call.Group.InFlight--;
        }
        else
        {
            role.Actor.Started = role.Actor.StopSent = false;
            task.Worker!.ActorLeft(task);
            LivingActors--;
        }
        Touch(role.Actor);
    }

    /// <summary>From <see cref="Settle"/>: a call or a life has ended.</summary>
    private void RoleEnded(TaskNode task, ActorRole role)
    {
        var actor = role.Actor;
        if (role is ActorCall call)
        {
            call.Hold = null;
            if (!call.Counted)
                return;
            call.Counted = false;
            actor.Pending--;
            if (call.Queue is not null)
                call.Group.Remove(task);
        }
        else
        {
            // It was never let in.
            if (actor.Place < 0)
                return;
            _actors[^1].Place = actor.Place;
            _actors[actor.Place] = _actors[^1];
            _actors.RemoveAt(_actors.Count - 1);
            actor.Place = -1;
        }
        Touch(actor);
    }
}
