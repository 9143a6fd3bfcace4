using Braid.Coordination;
using Braid.Deadlocks;

namespace Braid.Simulation.Coordination;

/// <summary>The search for deadlocks, and another one by force: let all act who can, until nobody can any more.</summary>
internal sealed partial class CoordinationWorld
{
    /// <summary>True when it found one, and broke it.</summary>
    private bool LookForDeadlocks()
    {
        var graph = new WaitGraph(holder => Array.Find(_parties, party => party.Holder == holder)!.Waiter);
        foreach (var party in _parties)
            party.Waiter = !party.HasEnded && party.IsWaiting ? new Waiter(party, party.Id, runs: true) : null;
        foreach (var party in _parties)
        {
            if (party.Waiter is not { } waiter)
                continue;
            waiter.Waits.Add(WaitOf(party));
            graph.Add(waiter);
        }

        graph.Reduce(() => Array.Exists(_parties, party => !party.HasEnded && party.Waiter is not { IsStuck: true }));
        var found = graph.Stuck.Select(waiter => (Party)waiter.Subject).ToHashSet();
        var real = StuckByForce();
        Require(found.SetEquals(real), $"stuck are [{string.Join(", ", real)}], found were [{string.Join(", ", found)}]");
        var cycles = graph.TakeCycles();
        Require(found.Count == 0 || cycles.Count > 0, "some are stuck, and no cycle was found");
        foreach (var cycle in cycles)
            Break(cycle, found);
        return cycles.Count > 0;
    }

    private static Wait WaitOf(Party party)
    {
        if (party.EndsByItself)
            return new Wait();
        if (party.Awaited is { } ask)
            return new Wait { Request = ask.Request };
        var ends = party.Joined.Select(joined => joined.Waiter).OfType<Waiter>().ToArray();
        return new Wait { Ends = ends, Needed = Math.Max(0, party.JoinNeeded - (party.Joined.Count - ends.Length)) };
    }

    private void Break(List<Waiter> cycle, HashSet<Party> stuck)
    {
        Log($"a deadlock of {string.Join(", ", cycle)}");
        Require(cycle.TrueForAll(member => stuck.Contains((Party)member.Subject)), "a cycle has a member that can go on");
        Require(cycle.TrueForAll(member => member.Order <= cycle[0].Order), "the exception is not raised at the youngest");
        var victim = (Party)cycle[0].Subject;
        if (_random.Next(3) == 0)
            End(victim, "ends by the deadlock");
        else
            GiveUp(victim, "is told of the deadlock");
    }

    /// <summary>Plays on: whoever can act comes to its end at once and lets everything go; what is granted by that lets others act.</summary>
    private HashSet<Party> StuckByForce()
    {
        var left = _parties.Where(party => !party.HasEnded).ToHashSet();
        var acting = new Queue<Party>(left.Where(party => !party.IsWaiting || party.EndsByItself || IsServedFromOutside(party)));
        var free = _semaphores.ToDictionary(semaphore => semaphore, semaphore => semaphore.Permits - GivenOut(semaphore));
        var held = _asks.Where(ask => ask is { IsGranted: true, IsOver: false, Request.Operation: Operation.Acquire }).ToList();
        var lines = _semaphores.ToDictionary(semaphore => semaphore, semaphore => WaitingFor(semaphore, Operation.Acquire).ToList());
        while (true)
        {
            while (acting.TryDequeue(out var party))
            {
                if (!left.Remove(party))
                    continue;
                foreach (var ask in held.Where(ask => ask.Party == party))
                    free[(SemaphoreState)ask.Request.Target] += ask.Request.Number;
                held.RemoveAll(ask => ask.Party == party);
                foreach (var line in lines.Values)
                    line.RemoveAll(ask => ask.Party == party);
            }

            foreach (var (semaphore, line) in lines)
            {
                while (line.Count > 0 && line[0].Request.Number <= free[semaphore])
                {
                    var ask = line[0];
                    line.RemoveAt(0);
                    free[semaphore] -= ask.Request.Number;
                    held.Add(ask);
                    if (ask.Party.Awaited == ask)
                        acting.Enqueue(ask.Party);
                }
            }

            // Anyone who acts could put, take, set or arrive.
            var someActed = left.Count < _parties.Count(party => !party.HasEnded);
            foreach (var party in left)
            {
                var joins = party.Joined.Count > 0 && party.Joined.Count(joined => joined.HasEnded || !left.Contains(joined)) >= party.JoinNeeded;
                if (joins || (someActed && party.Awaited is { } ask && ask.Request.Target is not SemaphoreState))
                    acting.Enqueue(party);
            }

            if (acting.Count == 0)
                return left;
        }
    }

    private static bool IsServedFromOutside(Party party) => party.Awaited is { } ask && Array.Exists(ask.Request.Targets, target => target.Reach.IsOpen);
}
