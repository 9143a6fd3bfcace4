namespace Braid.Simulation;

/// <summary>Faults in what the scheduler and the workers' machine do for actors; @ asks whether the fault is the one under test.</summary>
internal static class PlantedInActors
{
    public static readonly PlantedFault[] All =
    [
        new("actor: a call does not wait for its caller's earlier one", "ActorGroup.cs",
            "if (queue.IsListed || queue.First is not { State: TaskState.Ready })\n            return;",
            "if (@ && queue.First is { State: TaskState.Waiting } held && held.Next is { State: TaskState.Ready })\n        "
            + "{\n            queue.Remove(held);\n            queue.Append(held);\n        }\n        "
            + "if (queue.IsListed || queue.First is not { State: TaskState.Ready })\n            return;"),
        new("actor: a call that may have run is sent again unasked", "Scheduler.Actors.cs",
            "else if (!restarts || task.RetriesLeft == 0)",
            "else if (!restarts || (task.RetriesLeft == 0 && !@))"),
        new("actor: calls sent again change places", "Scheduler.Actors.cs",
            "call.Group.QueueOf(call.Caller).Prepend(task);",
            "if (@) call.Group.QueueOf(call.Caller).Append(task); else call.Group.QueueOf(call.Caller).Prepend(task);"),
        new("actor: calls are sent before the constructor has returned", "ActorNode.cs",
            "Started ? ActorState.Alive",
            "Started || @ ? ActorState.Alive"),
        new("actor: the calls of a dead one are forgotten", "Scheduler.Actors.cs",
            "if (actor.State == ActorState.Dead)\n                EndCalls(actor);",
            "if (actor.State == ActorState.Dead && @) continue;\n            if (actor.State == ActorState.Dead)\n                EndCalls(actor);"),
        new("actor: it is stopped while calls are pending", "Scheduler.Actors.cs",
            "if (!actor.StopAsked || actor.Pending > 0)",
            "if (!actor.StopAsked || (actor.Pending > 0 && !@))"),
        new("actor: one that was not to restart comes back empty after a kill on purpose", "Scheduler.Actors.cs",
            "else if (onPurpose ? !actor.MayRestart : life.RetriesLeft == 0)",
            "else if (onPurpose ? !actor.MayRestart && !@ : life.RetriesLeft == 0)"),
        new("actor: the end of a call does not free its turn", "WorkerMachine.cs",
            "lane.Ended();",
            "if (!@) lane.Ended();"),
        new("actor: one turn too many", "MachineLane.cs",
            "if (Busy >= concurrency)",
            "if (Busy >= concurrency + (@ ? 1 : 0))"),
        new("actor: a call is sent to a worker that is about to be killed", "Scheduler.Actors.cs",
            "if (actor is { State: ActorState.Alive, Life.Worker.Condemned: false })",
            "if (actor is { State: ActorState.Alive } && (@ || !actor.Life.Worker!.Condemned))"),
        new("actor: one call too many is let in", "Mailbox.cs",
            "while (pending < capacity)",
            "while (pending < capacity + (@ ? 1 : 0))"),
        new("actor: the last to leave lets only one go on", "Mailbox.cs",
            "pending == 0 ? int.MaxValue : capacity - pending",
            "(@ ? 1 : pending == 0 ? int.MaxValue : capacity - pending)"),
    ];
}
