using System.Runtime.CompilerServices;

namespace Braid.Scheduling;

/// <summary>The invariants that hold between events.</summary>
internal sealed partial class Scheduler
{
    /// <summary>Checks everything that can be reached from here; throws <see cref="InvalidOperationException"/> that says what is wrong.</summary>
    public void Validate()
    {
        var assigned = 0;
        var reclaiming = 0;
        foreach (var worker in _workers)
        {
            Check(worker.State is WorkerState.Alive or WorkerState.Draining, $"worker {worker.Id} is {worker.State} but listed");
            reclaiming += worker.Reclaiming;
            assigned += ValidateWorker(worker);
        }
        Check(assigned == _assigned.Count, $"{assigned} tasks at workers, {_assigned.Count} in the table");
        Check(reclaiming == _reclaiming, $"{reclaiming} reclaims at workers, {_reclaiming} counted");
        var ready = 0;
        for (var i = 0; i < _ready.ActiveCount; i++)
        {
            var queue = _ready[i];
            Check(queue.Count > 0 && queue.Place == i, $"an empty or misplaced class among the active ones");
            Check(queue.Reserved is null || queue.Reserved.ReservedFor == queue, $"a reservation that its worker does not know");
            var count = 0;
            foreach (var task in queue.Tasks())
            {
                count++;
                Check(task is { State: TaskState.Ready, Pending: 0, Worker: null }, $"task {task.Id} in a ready queue is {task.State}, pending {task.Pending}");
                Check(Equals(task.Needs, queue.Needs) && task.Mode == queue.Mode, $"task {task.Id} is in another class's queue");
            }
            Check(count == queue.Count, $"a class counts {queue.Count} tasks and holds {count}");
            ready += count;
            if (queue.IsPlain)
                Check(_roomy.Count == 0, $"{count} plain tasks are ready although a worker has room");
            else
                Check(ChooseSpecial(queue, queue.Peek()) is null, $"task {queue.Peek().Id} is ready although it fits");
        }
        Check(ready == _ready.Count, $"{ready} ready tasks, {_ready.Count} counted");
        Check(_telling.Count == 0 && _followed.Count == 0 && _touched.Count == 0, $"an event left work behind");
        foreach (var actor in _actors)
            ValidateActor(actor);
    }

    /// <summary>As <see cref="Validate()"/>, and checks each of all tasks ever submitted.</summary>
    public void Validate(IEnumerable<TaskNode> all)
    {
        Validate();
        var ready = 0;
        var assigned = 0;
        foreach (var task in all)
        {
            ready += task is { State: TaskState.Ready, Role: not ActorCall } ? 1 : 0;
            assigned += task.State == TaskState.Assigned ? 1 : 0;
            Check(task.RetriesLeft >= 0, $"task {task.Id} has {task.RetriesLeft} retries left");
            Check(task.State == TaskState.Assigned || task is { Blocked: false, Reclaiming: false }, $"task {task.Id} is {task.State} and blocked or reclaimed");
            if (task.State == TaskState.Waiting)
                Check(task.Pending > 0, $"task {task.Id} waits for nothing");
            if (task.HasEnded)
                Check(task.Dependents is null && task.Waiters is null, $"task {task.Id} has ended and did not tell");
            if (task.HasEnded || task.State == TaskState.Ready)
                continue;
            var unfinished = 0;
            foreach (var dependency in task.Dependencies)
            {
                unfinished += dependency.HasEnded ? 0 : 1;
                Check(dependency.State is not (TaskState.Failed or TaskState.Cancelled) || _valuesLost, $"task {task.Id} outlives its dependency {dependency.Id}");
            }
            Check(unfinished == task.Pending || _valuesLost, $"task {task.Id} waits for {task.Pending}, but {unfinished} have not ended");
        }
        Check(ready == _ready.Count, $"{ready} tasks are Ready, {_ready.Count} queued");
        Check(assigned == _assigned.Count, $"{assigned} tasks are Assigned, {_assigned.Count} in the table");
    }

    private void ValidateActor(ActorNode actor)
    {
        var life = actor.Life;
        var state = actor.State;
        Check(state != ActorState.Dead && _actors[actor.Place] == actor, $"actor {life.Id} is {state} but listed");
        Check(life.State == TaskState.Assigned || actor is { Started: false, StopSent: false }, $"actor {life.Id} runs nowhere and has started");
        Check(!actor.StopSent || actor is { Pending: 0, StopAsked: true }, $"actor {life.Id} was told to end with {actor.Pending} calls pending");
        Check(!actor.StopAsked || actor.Pending > 0 || state is ActorState.Stopping or ActorState.Starting, $"actor {life.Id} should stop and is {state}");
        var pending = 0L;
        foreach (var group in actor.Groups)
        {
            var inFlight = 0;
            for (var task = life.State == TaskState.Assigned ? life.Worker!.First : null; task is not null; task = task.Next)
                inFlight += task.Role is ActorCall call && call.Group == group ? 1 : 0;
            Check(inFlight == group.InFlight, $"actor {life.Id} counts {group.InFlight} calls in flight and has {inFlight}");
            Check(inFlight <= group.Concurrency + Math.Max(_options.CallsAheadMaximum, _options.AheadAtFirst), $"actor {life.Id} has {inFlight} calls in flight");
            pending += inFlight;
            foreach (var queue in group.Queues)
            {
                Check(queue.First is not null, $"actor {life.Id} keeps an empty queue");
                Check(state != ActorState.Alive || life.Worker!.Condemned || inFlight >= group.Window(_options) || queue.First!.State != TaskState.Ready,
                    $"call {queue.First!.Id} is not sent although it could be");
                for (var call = queue.First; call is not null; call = call.Next)
                {
                    pending++;
                    Check(call is { State: TaskState.Waiting or TaskState.Ready }, $"call {call.Id} is queued and {call.State}");
                    Check(call.Next is null || call.Sequence < call.Next.Sequence, $"call {call.Id} is out of order");
                }
            }
        }
        Check(pending == actor.Pending, $"actor {life.Id} counts {actor.Pending} calls and has {pending}");
    }

    private int ValidateWorker(WorkerNode worker)
    {
        var (load, pipelined, careful, reclaiming, blocked, urgent, count) = (0L, 0, 0, 0, 0, 0, 0);
        Dictionary<string, long>? used = null;
        for (var task = worker.First; task is not null; task = task.Next)
        {
            count++;
            Check(task.State == TaskState.Assigned && task.Worker == worker, $"task {task.Id} is listed at worker {worker.Id} but is {task.State}");
            Check(_assigned.Find(task.Id) == task, $"task {task.Id} is assigned but not in the table");
            Check(task.Next is null || task.Next.Previous == task, $"the list of worker {worker.Id} is broken at task {task.Id}");
            careful += task.Mode == PlacementMode.Ahead ? 0 : 1;
            reclaiming += task.Reclaiming ? 1 : 0;
            blocked += task.Blocked ? 1 : 0;
            urgent += task.Urgent ? 1 : 0;
            Check(task.Priority >= worker.LowestPriority, $"task {task.Id} is of priority {task.Priority}, below worker {worker.Id}'s lowest, {worker.LowestPriority}");
            if (task.Pending > 0)
                pipelined++;
            if (task.Blocked || task.Pending > 0)
                continue;
            load += task.Cores;
            foreach (var other in task.Needs?.Others ?? [])
                (used ??= [])[other.Name] = used.GetValueOrDefault(other.Name) + other.Amount;
        }
        Check(count == worker.AssignedCount, $"worker {worker.Id} counts {worker.AssignedCount} tasks and holds {count}");
        Check(load == worker.Load, $"worker {worker.Id} counts load {worker.Load} and has {load}");
        Check(pipelined == worker.Pipelined, $"worker {worker.Id} counts {worker.Pipelined} followers and has {pipelined}");
        Check(careful == worker.CarefulCount, $"worker {worker.Id} counts {worker.CarefulCount} careful tasks and has {careful}");
        Check(reclaiming == worker.Reclaiming, $"worker {worker.Id} counts {worker.Reclaiming} reclaims and has {reclaiming}");
        Check(blocked == worker.BlockedCount, $"worker {worker.Id} counts {worker.BlockedCount} blocked tasks and has {blocked}");
        Check(urgent == worker.UrgentCount, $"worker {worker.Id} counts {worker.UrgentCount} urgent tasks and has {urgent}");
        Check(worker.State == WorkerState.Draining == worker.ShouldDrain, $"worker {worker.Id} is {worker.State}");
        Check(worker.Alone is null || worker.Alone.Worker == worker, $"worker {worker.Id} is kept alone for a task that is elsewhere");
        foreach (var (name, free) in worker.Free)
        {
            var total = 0L;
            foreach (var resource in worker.Resources)
                total += resource.Name == name ? resource.Amount : 0;
            Check(free >= 0 && free == total - (used?.GetValueOrDefault(name) ?? 0), $"worker {worker.Id} counts {free} of {name} free of {total}");
        }
        var before = Sets();
        Touch(worker);
        var after = Sets();
        Check(before == after, $"the sets of worker {worker.Id} were {before} and should be {after}");
        return count;

        (bool Idle, bool Roomy, bool Loaded, bool Followed, bool Urgent) Sets() =>
            (_idle.Contains(worker), _roomy.Contains(worker), _loaded.Contains(worker), _followed.Contains(worker), _urgent.Contains(worker));
    }

    private static void Check(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantMessage otherwise)
    {
        if (!holds)
            throw new InvalidOperationException("The scheduler's state is inconsistent: " + otherwise.Finish() + ".");
    }
}
