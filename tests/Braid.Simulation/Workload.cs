using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>Makes tasks at random. Dependencies and waits go to older tasks, siblings and children only, so that no cycle of waits can arise.</summary>
internal sealed class Workload(Random random, Profile profile)
{
    private long _id;
    private int _shape = random.Next(4);

    /// <param name="older">Tasks that it may depend on: all those before its outermost ancestor.</param>
    /// <param name="siblings">Tasks of the same parent that came before it.</param>
    /// <param name="parent">Null for one that the driver submits.</param>
    public SimTask Make(IReadOnlyList<SimTask> older, IReadOnlyList<SimTask> siblings, SimTask? parent)
    {
        var olderThan = parent?.OlderThan ?? older.Count;
        var depth = parent is null ? 0 : parent.Depth + 1;
        var (outcome, outcomeAttempts) = PickOutcome();
        var retries = random.Next(4) == 0 ? random.Next(3) : 3;
        var isStream = profile.Streams && random.Next(4) == 0;
        return new SimTask
        {
            Id = ++_id,
            Dependencies = PickDependencies(older, siblings, olderThan),
            Priority = profile.Priorities ? random.Next(3) - 1 : 0,
            Retries = retries,
            RetriesLeft = retries,
            Needs = profile.Needs && random.Next(3) == 0 ? PickNeeds() : null,
            Steps = isStream ? PickItems() : PickSteps(depth, olderThan),
            StreamBuffer = isStream ? random.Next(1, 6) : 0,
            ItemsWanted = random.Next(4) == 0 ? random.Next(1, 6) : int.MaxValue,
            Outcome = outcome,
            OutcomeAttempts = outcomeAttempts,
            Cooperative = random.Next(4) != 0,
            IsHeld = profile.Held && random.Next(2) == 0 && !isStream,
            OlderThan = olderThan,
            Depth = depth,
        };
    }

    /// <summary>An actor's life. One that holds resources takes no call that depends on anything: what it depends on may need just those.</summary>
    public SimTask MakeActor()
    {
        var (outcome, outcomeAttempts) = random.Next(4) == 0 ? PickOutcome() : (Outcome.Value, 0);
        var restarts = random.Next(3) == 0 ? 0 : random.Next(1, 4);
        var gpu = profile.Needs && random.Next(4) == 0;
        var life = new SimTask
        {
            Id = ++_id,
            Retries = restarts,
            RetriesLeft = restarts,
            Needs = gpu ? new ResourceNeed(0, new ResourceAmount("gpu", 5_000)) : new ResourceNeed(0),
            Steps = profile.Deadlocks && random.Next(6) == 0 ? [Work(), Wait(older: true)] : [Work()],
            Outcome = outcome == Outcome.RetryableError ? Outcome.Error : outcome,
            OutcomeAttempts = outcomeAttempts,
            Cooperative = random.Next(4) != 0,
            IsHeld = false,
            OlderThan = 0,
            Depth = 3,
        };
        var groups = new int[random.Next(4) == 0 ? 2 : 1];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = random.Next(2) == 0 ? 1 : random.Next(1, 4);
        _ = new ActorNode(life, groups) { CallsLeft = random.Next(8) == 0 ? random.Next(1, 10) : long.MaxValue };
        return life;
    }

    /// <summary>A call waits inside its body only where deadlocks are looked for: what it waits for might need the actor's turn.</summary>
    public SimTask MakeCall(SimTask life, long caller, IReadOnlyList<SimTask> older, SimTask? parent)
    {
        var actor = life.Role!.Actor;
        var olderThan = parent?.OlderThan ?? older.Count;
        var (outcome, outcomeAttempts) = PickOutcome();
        var retries = random.Next(2) == 0 ? 0 : random.Next(1, 4);
        return new SimTask
        {
            Id = ++_id,
            Role = new ActorCall(actor, caller, random.Next(actor.Groups.Length)),
            Dependencies = life.Needs is { Others.Length: > 0 } ? [] : [.. PickDependencies(older, [], olderThan).Where(task => !((SimTask)task).IsHeld)],
            Retries = retries,
            RetriesLeft = retries,
            Steps = profile.Deadlocks ? PickSteps(parent is null ? 1 : parent.Depth + 1, olderThan) : [Work()],
            Outcome = outcome == Outcome.RetryableError ? Outcome.Error : outcome,
            OutcomeAttempts = outcomeAttempts,
            Cooperative = random.Next(4) != 0,
            IsHeld = false,
            OlderThan = olderThan,
            Depth = profile.Deadlocks && parent is not null ? parent.Depth + 1 : profile.Deadlocks ? 1 : 3,
        };
    }

    private (Outcome Outcome, int Attempts) PickOutcome()
    {
        if (profile.Killers && random.Next(profile.OnlyKillers ? 12 : 20) == 0)
            return (Outcome.Crash, random.Next(2) == 0 ? 1 : int.MaxValue);
        if (profile.Errors && random.Next(6) == 0)
            return (random.Next(2) == 0 ? Outcome.Error : Outcome.RetryableError, random.Next(3) == 0 ? int.MaxValue : random.Next(1, 3));
        return (Outcome.Value, 0);
    }

    private TaskNode[] PickDependencies(IReadOnlyList<SimTask> older, IReadOnlyList<SimTask> siblings, int olderThan)
    {
        var picked = new HashSet<TaskNode>();
        if (siblings.Count > 0 && random.Next(2) == 0)
            picked.Add(siblings[random.Next(siblings.Count)]);
        if (olderThan > 0)
        {
            if (random.Next(10) == 0)
                _shape = random.Next(4);
            var count = _shape switch
            {
                // Apart from each other, a chain, a mesh, and once in a while one that takes many.
                0 => 0,
                1 => 1,
                2 => random.Next(4),
                _ => random.Next(4) == 0 ? random.Next(olderThan + 1) : 0,
            };
            for (var i = 0; i < count; i++)
                picked.Add(older[_shape == 1 ? olderThan - 1 : random.Next(olderThan)]);
        }
        // A reference to a value that was let go cannot be had any more, and to a stream there is none.
        picked.RemoveWhere(task => task is SimTask { Freed: true } or SimTask { IsLife: true } or SimTask { IsStream: true });
        return [.. picked];
    }

    private ResourceNeed PickNeeds()
    {
        var cores = random.Next(4) switch { 0 => 0, 1 => 5_000, 2 => ResourceNeed.Unit, _ => 2 * ResourceNeed.Unit };
        return random.Next(2) == 0
            ? new ResourceNeed(cores, new ResourceAmount("gpu", random.Next(1, 5) * 5_000))
            : new ResourceNeed(cores);
    }

    private Step[] PickSteps(int depth, int olderThan)
    {
        var steps = new List<Step> { Work() };
        if (profile.Nested && depth < 3 && random.Next(3) == 0)
        {
            steps.Add(new Step(StepKind.Spawn, 0, random.Next(1, 4), false));
            if (random.Next(6) != 0)
                steps.Add(Wait(older: false));
            steps.Add(Work());
        }
        if (profile.Nested && olderThan > 0 && random.Next(6) == 0)
        {
            steps.Add(Wait(older: true));
            steps.Add(Work());
        }
        for (var locks = profile.Deadlocks ? random.Next(3) : 0; locks > 0; locks--)
        {
            steps.Insert(random.Next(steps.Count + 1), new Step(StepKind.Acquire, random.Next(4) == 0 ? random.Next(1, 5_000) : 0, random.Next(profile.Locks), false));
            if (random.Next(3) == 0)
                steps.Add(new Step(StepKind.Release, 0, 0, false));
        }
        return [.. steps];
    }

    private Step[] PickItems()
    {
        var steps = new List<Step>();
        for (var items = random.Next(10); items >= 0; items--)
        {
            if (random.Next(3) == 0)
                steps.Add(Work());
            steps.Add(new Step(StepKind.Yield, 0, 0, false));
        }

        return [.. steps];
    }

    private Step Work() => new(StepKind.Work, random.Next(4) == 0 ? random.Next(1, 20_000) : random.Next(1, 50), 0, false);

    private Step Wait(bool older) =>
        new(StepKind.Wait, random.Next(4) == 0 ? random.Next(1, 5_000) : 0, random.Next(3) == 0 ? 1 : 0, older);
}
