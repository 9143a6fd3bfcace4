using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>Which task goes where: resources first, then where bytes lie, then load.</summary>
internal sealed partial class Scheduler
{
    /// <summary>Workers looked at for one plain task: enough to spread load evenly, and bounded in a cluster of a thousand.</summary>
    private const int CandidatesMaximum = 8;

    /// <summary>Workers with a free slot for a plain task.</summary>
    private readonly WorkerSet _idle = new(0);

    /// <summary>Workers to which a plain task may be sent, ahead or not. Contains <see cref="_idle"/>.</summary>
    private readonly WorkerSet _roomy = new(1);

    /// <summary>Workers that hold more than their slots can run, so that something can be asked back.</summary>
    private readonly WorkerSet _loaded = new(2);

    /// <summary>Workers that may take a task together with the one it depends on.</summary>
    private readonly WorkerSet _followed = new(3);

    /// <summary>Workers to which a task may be sent that goes before others there.</summary>
    private readonly WorkerSet _urgent = new(4);

    private const int Idle = 1;
    private const int Roomy = 2;
    private const int Loaded = 4;
    private const int Followed = 8;
    private const int Urgent = 16;

    /// <summary>Of all tasks that were submitted.</summary>
    private int _lowestPriority = int.MaxValue;

    private int _cursor;
    private long _pass;
    private int _reclaiming;

    /// <summary>Brings the sets in line with the worker's state. Called after every change of what they depend on.</summary>
    private void Touch(WorkerNode worker)
    {
        var load = worker.Load;
        var memberships = load > worker.SlotCores && worker.State == WorkerState.Alive ? Loaded : 0;
        if (worker.IsAccepting)
        {
            if (load + ResourceNeed.Unit <= worker.LoadMaximum)
                memberships |= load + ResourceNeed.Unit <= worker.SlotCores ? Roomy | Idle : Roomy;
            if (worker.TakesUrgent)
                memberships |= Urgent;
            if (worker.Followers.Count > 0 && CanPipelineOn(worker))
                memberships |= Followed;
        }
        if (memberships == worker.Memberships)
            return;
        worker.Memberships = memberships;
        _idle.Set(worker, (memberships & Idle) != 0);
        _roomy.Set(worker, (memberships & Roomy) != 0);
        _loaded.Set(worker, (memberships & Loaded) != 0);
        _followed.Set(worker, (memberships & Followed) != 0);
        _urgent.Set(worker, (memberships & Urgent) != 0);
    }

    /// <summary>Places whatever can be placed. Ends every event, so that between events nothing that fits is left waiting.</summary>
    private void Dispatch()
    {
        do
        {
            if (_touched.Count > 0)
                ServeActors();
            PlaceReady();
        }
        while (_touched.Count > 0);
    }

    private void PlaceReady()
    {
        while (_ready.ActiveCount > 0)
        {
            if (!_ready.OnlyPlain)
            {
                DispatchMixed();
                break;
            }
            if (!TryPlacePlain(_ready.Plain.Peek()))
                break;
        }
        while (_followed.Count > 0)
            PlaceFollower(_followed[0]);
        if (_idle.Count > 0 && _loaded.Count > 0)
            Rebalance();
    }

    /// <summary>The common case of a task that comes while there is room and no queue: it need not pass through one.</summary>
    private bool TryAssignAtOnce(TaskNode task)
    {
        if (_ready.ActiveCount > 0 || _roomy.Count == 0 || task.Needs is not null)
            return false;
        task.Mode = ReadyQueues.ModeOf(task);
        if (task.Mode != PlacementMode.Ahead)
            return false;
        Assign(task, ChoosePlain(task));
        if (_idle.Count > 0 && _loaded.Count > 0)
            Rebalance();
        return true;
    }

    /// <summary>As above with several classes: always the first by priority and submission among those that may still fit.</summary>
    private void DispatchMixed()
    {
        _pass++;
        while (true)
        {
            ReadyClass? best = null;
            TaskNode? first = null;
            for (var i = 0; i < _ready.ActiveCount; i++)
            {
                var queue = _ready[i];
                if (queue.StuckInPass == _pass)
                    continue;
                var head = queue.Peek();
                if (first is null || ReadyClass.Precedes(head, first))
                    (best, first) = (queue, head);
            }
            if (best is null || first is null)
                return;
            if (best.IsPlain ? TryPlacePlain(first) : TryPlaceSpecial(best, first))
                CountOvertakings(first);
            else
                best.StuckInPass = _pass;
        }
    }

    /// <summary>False when there is no room; true when the task has left the queue.</summary>
    private bool TryPlacePlain(TaskNode task)
    {
        var overtaken = _roomy.Count == 0 ? ChooseOvertaken(task) : null;
        if (_roomy.Count == 0 && overtaken is null)
            return false;
        RemoveReady(task);
        if (_valuesLost && !StillReady(task))
            return true;
        task.Urgent = overtaken is not null;
        Assign(task, overtaken ?? ChoosePlain(task));
        return true;
    }

    /// <summary>
    /// A worker that holds something that the task goes before, or null: what was sent ahead, perhaps before the lengths of tasks were known, must not
    /// hold up what matters more. Not all workers are looked at, so one may be missed until something ends.
    /// </summary>
    private WorkerNode? ChooseOvertaken(TaskNode task)
    {
        if (task.Priority <= _lowestPriority)
            return null;
        WorkerNode? best = null;
        for (var i = Math.Min(_urgent.Count, CandidatesMaximum); i > 0; i--)
        {
            var worker = _urgent[_cursor = (_cursor + 1) % _urgent.Count];
            if (worker.IsOvertakenBy(task.Priority) && (best is null || worker.UrgentCount * best.Slots < best.UrgentCount * worker.Slots))
                best = worker;
        }
        return best;
    }

    /// <inheritdoc cref="TryPlacePlain"/>
    private bool TryPlaceSpecial(ReadyClass queue, TaskNode task)
    {
        if (ChooseSpecial(queue, task) is not { } worker)
            return false;
        if (queue.Reserved is not null)
            EndReservation(queue);
        queue.Overtaken = 0;
        RemoveReady(task);
        if (!_valuesLost || StillReady(task))
            Assign(task, worker);
        return true;
    }

    /// <summary>A dependency's value may have been lost since the task became ready: then it waits again, or ends with it.</summary>
    private bool StillReady(TaskNode task)
    {
        task.State = TaskState.Waiting;
        if (!Register(task))
            return false;
        task.State = TaskState.Ready;
        return true;
    }

    private WorkerNode ChoosePlain(TaskNode task)
    {
        var set = _idle.Count > 0 ? _idle : _roomy;
        if (task.Dependencies.Length > 0 && WorkerWithBytes(task) is { } near && set.Contains(near))
            return near;
        if (set.Count == 1)
            return set[0];
        var best = set[_cursor = (_cursor + 1) % set.Count];
        var bestLoad = best.Load / best.Slots;
        var count = Math.Min(set.Count, CandidatesMaximum);
        for (var i = 1; i < count; i++)
        {
            var at = _cursor + i;
            var worker = set[at < set.Count ? at : at - set.Count];
            var load = worker.Load / worker.Slots;
            if (load < bestLoad)
                (best, bestLoad) = (worker, load);
        }
        return best;
    }

    /// <summary>Where most of its first dependencies' bytes lie. Values that came home to the driver draw it nowhere.</summary>
    private static WorkerNode? WorkerWithBytes(TaskNode task)
    {
        WorkerNode? best = null;
        var bytes = 0L;
        var count = Math.Min(task.Dependencies.Length, CandidatesMaximum);
        for (var i = 0; i < count; i++)
        {
            var dependency = task.Dependencies[i];
            if (dependency.HeldBytes > bytes && dependency.Worker is { State: WorkerState.Alive })
                (best, bytes) = (dependency.Worker, dependency.HeldBytes);
        }
        return best;
    }

    /// <summary>A worker where the task starts at once, or null. Only one that is neither reserved for others nor waiting to resume something.</summary>
    private WorkerNode? ChooseSpecial(ReadyClass queue, TaskNode task)
    {
        WorkerNode? best = null;
        var near = task.Dependencies.Length > 0 ? WorkerWithBytes(task) : null;
        foreach (var worker in _workers)
        {
            if (!FitsSpecial(worker, queue))
                continue;
            if (worker == near || worker == queue.Reserved)
                return worker;
            if (best is null || IsLessLoaded(worker, best, task))
                best = worker;
        }
        return best;
    }

    /// <summary>Actors last: they are spread by their number, before the load of the moment.</summary>
    private static bool IsLessLoaded(WorkerNode worker, WorkerNode than, TaskNode task)
    {
        if (task.Role is not null && worker.ActorCount != than.ActorCount)
            return worker.ActorCount < than.ActorCount;
        return worker.Load * than.Slots < than.Load * worker.Slots;
    }

    private static bool FitsSpecial(WorkerNode worker, ReadyClass queue)
    {
        if (!worker.IsAccepting && !(worker.ReservedFor == queue && worker.State == WorkerState.Alive && !worker.Condemned
            && (worker.Alone is null || worker.Alone.Blocked)))
            return false;
        var cores = queue.Needs is null ? ResourceNeed.Unit : queue.Needs.Cores;
        if (queue.Mode != PlacementMode.Ahead && worker.Pipelined > 0)
            return false;
        if (queue.Mode == PlacementMode.Alone && worker.Load > worker.ActorCores)
            return false;
        return (cores == 0 && queue.Mode == PlacementMode.Ahead || worker.Load + cores <= worker.SlotCores)
            && (queue.Needs is not { Others.Length: > 0 } || (worker.Resumable.Count == 0 && worker.Fits(queue.Needs)));
    }

    private void Assign(TaskNode task, WorkerNode worker)
    {
        Debug.Assert(worker.State == WorkerState.Alive && task is { Blocked: false, Reclaiming: false });
        task.State = TaskState.Assigned;
        task.Worker = worker;
        task.Attempt++;
        task.Started = false;
        _assigned.Add(task);
        worker.Append(task);
        if (task.Pending > 0)
        {
            worker.Pipelined++;
        }
        else
        {
            worker.Load += task.Cores;
            worker.Take(task.Needs);
        }
        if (task.Role is not null)
        {
            worker.ActorCame(task);
            LivingActors++;
        }
        if (task.Mode != PlacementMode.Ahead)
        {
            worker.CarefulCount++;
            if (task.Mode == PlacementMode.Alone)
                worker.Alone = task;
        }
        Commands.Add(new Command(CommandKind.Assign, worker, task, task.Attempt));
        if (task.Dependents is not null)
            OfferFollowers(task);
        Touch(worker);
        if (--worker.AttemptsLeft <= 0)
            UpdateDraining(worker);
    }

    /// <summary>Those that could not be placed were overtaken by this one; past the bound a worker is kept free for them.</summary>
    private void CountOvertakings(TaskNode placed)
    {
        for (var i = 0; i < _ready.ActiveCount; i++)
        {
            var queue = _ready[i];
            if (queue.IsPlain || queue.Reserved is not null || !ReadyClass.Precedes(queue.Peek(), placed))
                continue;
            var maximum = queue.Mode == PlacementMode.Alone ? 1 : _options.OvertakesMaximum;
            if (++queue.Overtaken >= maximum)
                Reserve(queue);
        }
    }

    private void Reserve(ReadyClass queue)
    {
        WorkerNode? best = null;
        foreach (var worker in _workers)
        {
            if (worker.IsAccepting && worker.FitsWhenEmpty(queue.Needs) && (best is null || worker.Load < best.Load))
                best = worker;
        }
        if (best is null)
            return;
        queue.Reserved = best;
        best.ReservedFor = queue;
        Touch(best);
    }

    private void EndReservation(ReadyClass queue)
    {
        var worker = queue.Reserved!;
        queue.Reserved = null;
        queue.Overtaken = 0;
        worker.ReservedFor = null;
        Touch(worker);
        // What was stuck in this pass may fit now.
        _pass++;
    }
}
