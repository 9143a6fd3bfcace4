namespace Braid.Scheduling;

internal enum WorkerState : byte
{
    /// <summary>Started, not yet ready for tasks.</summary>
    Joining,

    Alive,

    /// <summary>Finishes what it runs and gets nothing new.</summary>
    Draining,

    /// <summary>Gone for good; whatever still arrives from it is ignored.</summary>
    Lost,
}

/// <summary>A worker as the scheduler sees it. The engine derives its own record from it.</summary>
internal abstract class WorkerNode
{
    /// <summary>No task's length is known yet.</summary>
    private const int Unknown = -1;

    /// <summary>Urgent tasks for each slot that do not go before one another: one that runs and one that is next.</summary>
    private const int UrgentPerSlot = 2;

    /// <summary>Urgent tasks for each slot in all: each of them of a higher priority than those before it.</summary>
    private const int UrgentPerSlotMaximum = 8;

    public int Id { get; set; }

    /// <summary>How many one-slot tasks run at once. At least 1. Not changed after WorkerJoined.</summary>
    public int Slots { get; set; } = 1;

    public WorkerState State { get; internal set; }

    /// <summary>Resources other than slots, in units of 1/10,000. Not changed after WorkerJoined.</summary>
    public ResourceAmount[] Resources { get; set; } = [];

    /// <summary>
    /// How many more attempts may be sent here; with the last one it begins to drain. Returned ones do not count. While it holds a blocked task it takes
    /// more, for that task may wait for just those.
    /// </summary>
    public int AttemptsLeft { get; set; } = int.MaxValue;

    /// <summary>False where there is no process to kill: a forced cancellation is a plain one there.</summary>
    public virtual bool CanBeKilled => true;

    /// <summary>Tasks assigned and not ended, whatever they do there.</summary>
    public int AssignedCount { get; internal set; }

    /// <summary>Assigned tasks in the order in which they were sent.</summary>
    internal TaskNode? First;

    /// <inheritdoc cref="First"/>
    internal TaskNode? Last;

    /// <summary>Cores of the assigned tasks that could run now: not blocked, and no dependency pending. May exceed the slots: work sent ahead.</summary>
    internal long Load;

    /// <summary>Assigned tasks whose dependencies still run here.</summary>
    internal int Pipelined;

    /// <summary>Assigned tasks that are not <see cref="PlacementMode.Ahead"/>.</summary>
    internal int CarefulCount;

    /// <summary>Assigned tasks that are <see cref="TaskNode.Urgent"/>.</summary>
    internal int UrgentCount;

    /// <summary>No assigned task has a lower priority. Exact from when there was none; a lower one may have gone since.</summary>
    internal int LowestPriority;

    /// <summary>Assigned tasks that are blocked.</summary>
    internal int BlockedCount;

    /// <summary>It drains whatever its attempts.</summary>
    internal bool DrainAsked;

    /// <summary>Drained was commanded.</summary>
    internal bool IsDrained;

    /// <summary>The task that has this worker for itself, while it is assigned.</summary>
    internal TaskNode? Alone;

    /// <summary>The class of tasks for which this worker is kept free.</summary>
    internal ReadyClass? ReservedFor;

    /// <summary>A Kill was commanded; nothing new comes here, and its loss is on purpose.</summary>
    internal bool Condemned;

    /// <summary>What is left of <see cref="Resources"/>, by name.</summary>
    internal Dictionary<string, long> Free = [];

    /// <summary>Blocked tasks whose waits have ended but whose resources are taken, with their block number.</summary>
    internal readonly Queue<(TaskNode Task, int Attempt, int BlockNumber)> Resumable = new();

    /// <summary>Waiting tasks whose dependencies all ran here when looked at; checked again when taken out.</summary>
    internal readonly Queue<TaskNode> Followers = new();

    /// <summary>Tasks that may be sent ahead, per slot.</summary>
    internal int Ahead;

    /// <summary>Tasks under Reclaim.</summary>
    internal int Reclaiming;

    /// <summary>How many are asked back next time: doubles while all come back, falls to 1 when the worker had run some already.</summary>
    internal int ReclaimBatch = 1;

    /// <summary>Some task of the batch under way did not come back.</summary>
    internal bool ReclaimMissed;

    /// <summary>Where it stands in each <see cref="WorkerSet"/>; -1 where it is not a member.</summary>
    internal readonly int[] Places = [-1, -1, -1, -1, -1];

    /// <summary>The sets it is a member of, as bits: one comparison tells whether anything changes.</summary>
    internal int Memberships;

    /// <summary>Actors that live here.</summary>
    internal int ActorCount;

    /// <summary>Cores that actors hold for as long as they live: no task can count on them.</summary>
    internal long ActorCores;

    /// <summary>The other resources that actors hold, by name; null while there was none.</summary>
    private Dictionary<string, long>? _actorHeld;

    /// <summary>Short of memory: nothing is sent ahead of a free slot.</summary>
    internal bool IsPressed;

    /// <summary>Whether some task has ended with a value here.</summary>
    internal bool HasFinishedTask => _microseconds != Unknown;

    private long _microseconds = Unknown;

    internal long SlotCores => Slots * ResourceNeed.Unit;

    /// <summary>The <see cref="Load"/> up to which plain tasks are sent.</summary>
    internal long LoadMaximum => CarefulCount > 0 || IsPressed ? SlotCores : SlotCores + Math.Max(0, SlotCores - ActorCores) * Ahead;

    /// <summary>Whether a task may be sent beyond <see cref="LoadMaximum"/>, if it goes before others that wait here.</summary>
    internal bool TakesUrgent => CarefulCount == 0 && !IsPressed && ActorCores + ResourceNeed.Unit <= SlotCores
        && UrgentCount < UrgentPerSlotMaximum * Slots;

    internal bool ShouldDrain => DrainAsked || (AttemptsLeft <= 0 && BlockedCount == 0);

    internal bool IsAccepting =>
        State == WorkerState.Alive && !Condemned && ReservedFor is null && (Alone is null || Alone.Blocked);

    /// <summary>
    /// Learns from one task's length. A quarter of the difference at a time: twenty short tasks outweigh a first one that paid for the JIT.
    /// </summary>
    internal void Observe(long elapsedMicroseconds, SchedulerOptions options)
    {
        var smoothed = _microseconds == Unknown ? elapsedMicroseconds : _microseconds + ((elapsedMicroseconds - _microseconds) >> 2);
        if (smoothed == _microseconds)
            return;
        _microseconds = smoothed;
        Ahead = (int)Math.Clamp(options.AheadMicroseconds / (_microseconds + 1), 1, options.AheadMaximum);
    }

    /// <summary>Whether a task of this priority would start before others here, and soon. Urgent ones are found at the tail.</summary>
    internal bool IsOvertakenBy(int priority)
    {
        var before = 0;
        var left = LowestPriority < priority ? UrgentCount : 0;
        for (var task = Last; left > 0; task = task!.Previous)
        {
            if (!task!.Urgent)
                continue;
            left--;
            before += task.Priority >= priority ? 1 : 0;
        }
        return LowestPriority < priority && before < UrgentPerSlot * Slots;
    }

    internal void Append(TaskNode task)
    {
        task.Previous = Last;
        task.Next = null;
        if (Last is null)
            First = task;
        else
            Last.Next = task;
        Last = task;
        LowestPriority = AssignedCount == 0 ? task.Priority : Math.Min(LowestPriority, task.Priority);
        AssignedCount++;
        if (task.Urgent)
            UrgentCount++;
    }

    internal void Remove(TaskNode task)
    {
        if (task.Previous is null)
            First = task.Next;
        else
            task.Previous.Next = task.Next;
        if (task.Next is null)
            Last = task.Previous;
        else
            task.Next.Previous = task.Previous;
        task.Previous = task.Next = null;
        AssignedCount--;
        if (!task.Urgent)
            return;
        task.Urgent = false;
        UrgentCount--;
    }

    /// <summary>Whether the resources other than cores are free now.</summary>
    internal bool Fits(ResourceNeed? needs)
    {
        if (needs is null)
            return true;
        foreach (var other in needs.Others)
        {
            if (!Free.TryGetValue(other.Name, out var free) || free < other.Amount)
                return false;
        }
        return true;
    }

    /// <summary>Whether the need could be met if no other task ran here. Actors stay.</summary>
    internal bool FitsWhenEmpty(ResourceNeed? needs)
    {
        if (needs is null)
            return true;
        if (needs.Cores > SlotCores - ActorCores && needs.Cores > 0)
            return false;
        foreach (var other in needs.Others)
        {
            var total = -(_actorHeld?.GetValueOrDefault(other.Name) ?? 0);
            foreach (var resource in Resources)
                total += resource.Name == other.Name ? resource.Amount : 0;
            if (total < other.Amount)
                return false;
        }
        return true;
    }

    internal void ActorCame(TaskNode life) => CountActor(life, 1);

    internal void ActorLeft(TaskNode life) => CountActor(life, -1);

    private void CountActor(TaskNode life, int sign)
    {
        ActorCount += sign;
        ActorCores += sign * life.Cores;
        foreach (var other in life.Needs?.Others ?? [])
            (_actorHeld ??= [])[other.Name] = _actorHeld.GetValueOrDefault(other.Name) + sign * other.Amount;
    }

    internal void Take(ResourceNeed? needs)
    {
        if (needs is null)
            return;
        foreach (var other in needs.Others)
            Free[other.Name] -= other.Amount;
    }

    internal void GiveBack(ResourceNeed? needs)
    {
        if (needs is null)
            return;
        foreach (var other in needs.Others)
            Free[other.Name] += other.Amount;
    }
}
