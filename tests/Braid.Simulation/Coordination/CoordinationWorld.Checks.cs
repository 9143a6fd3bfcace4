using System.Diagnostics;
using Braid.Coordination;

namespace Braid.Simulation.Coordination;

/// <summary>What must hold after every event. It is reckoned from what was asked and answered, not from what the machine thinks.</summary>
internal sealed partial class CoordinationWorld
{
    private IEnumerable<Ask> WaitingFor(Primitive target, Operation operation) =>
        _asks.Where(ask => !ask.IsOver && !ask.IsGranted && ask.Request.Operation == operation && ask.Request.Targets.Contains(target));

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new SimulationFailureException(_seed, _clock.Now, $"coordination: {otherwise}.", null);
    }

    /// <summary>First come, first served: nobody who asked before is left waiting for the same.</summary>
    private void CheckOrder(Ask granted)
    {
        if (granted.Request.Operation is not (Operation.Acquire or Operation.Put or Operation.Take))
            return;
        var source = granted.Request.Source ?? granted.Request.Target;
        var passed = WaitingFor(source, granted.Request.Operation).FirstOrDefault(ask => ask.Number < granted.Number);
        Require(passed is null, $"{granted} was granted before {passed}, which was asked before");
    }

    private void CheckExclusion(SemaphoreState semaphore)
    {
        var given = GivenOut(semaphore);
        Require(given <= semaphore.Permits, $"{given} permits of {semaphore} are given out, and it has {semaphore.Permits}");
    }

    private long GivenOut(SemaphoreState semaphore) =>
        _asks.Where(ask => ask is { IsGranted: true, IsOver: false } && ask.Request.Target == semaphore).Sum(ask => ask.Request.Number);

    private void CheckHanded(Ask ask, Item item, QueueState queue)
    {
        Require(!item.IsTaken && !item.IsHanded, $"{ask} was handed {item}, which another has");
        Require(_offered.Exists(offer => offer.Item == item && offer.Queue == queue), $"{ask} was handed {item}, which was not in {queue}");
        var before = _offered.Find(offer => offer.Queue == queue && offer.Item.Producer == item.Producer && offer.Item.Number < item.Number
            && offer.Item is { IsTaken: false, IsHanded: false });
        Require(before.Item is null, $"{ask} was handed {item} before {before.Item}");
    }

    /// <summary>A taker is told that nothing comes any more: so it is, for all its queues.</summary>
    private void CheckCompleted(Ask ask)
    {
        foreach (var queue in ask.Request.Targets.Cast<QueueState>())
        {
            var left = _offered.Find(offer => offer.Queue == queue && !offer.Item.IsTaken).Item;
            Require(_completed.Contains(queue) && left is null, $"{ask} was told that nothing comes, and there is {left} in {queue}");
        }
    }

    private void Check()
    {
        foreach (var semaphore in _semaphores)
        {
            if (WaitingFor(semaphore, Operation.Acquire).FirstOrDefault() is { } first)
                Require(first.Request.Number > semaphore.Permits - GivenOut(semaphore), $"{first} waits although it could be granted");
        }

        for (var i = 0; i < _queues.Length; i++)
            CheckQueue(_queues[i], _capacities[i]);
        for (var i = 0; i < _events.Length; i++)
            Require(!_set[i] || !WaitingFor(_events[i], Operation.Wait).Any(), $"somebody waits for {_events[i]}, which is set");
        foreach (var barrier in _barriers)
            Require(WaitingFor(barrier, Operation.Arrive).Count() < barrier.Parties, $"all have arrived at {barrier} and wait");
    }

    private void CheckQueue(QueueState queue, int capacity)
    {
        var offered = _offered.Count(offer => offer.Queue == queue && offer.Item is { IsTaken: false, IsHanded: false });
        Require(offered == 0 || !WaitingFor(queue, Operation.Take).Any(), $"somebody waits for an item of {queue}, which was offered {offered}");
        Require(offered > capacity || !WaitingFor(queue, Operation.Put).Any(), $"somebody waits for room in {queue}, where {offered} were offered");
        var outside = _offered.Exists(offer => offer.Queue == queue && !offer.Item.IsTaken);
        Require(outside || !_completed.Contains(queue) || !WaitingFor(queue, Operation.Take).Any(ask => ask.Request.Targets.Length == 1),
            $"somebody waits for an item of {queue}, which is completed");
        var waiting = WaitingFor(queue, Operation.Put).Sum(ask => ask.Request.Items.Length - ask.Request.Next);
        Require(queue.Count == offered - waiting, $"{queue} has {queue.Count} items and should have {offered - waiting}");
    }

    /// <summary>
    /// Nothing is left to happen. Those that wait for what only somebody outside of the world can do are freed by it; whoever waits then is forgotten.
    /// True when there is more to happen.
    /// </summary>
    private bool Rescue()
    {
        if (LookForDeadlocks())
            return true;
        var waiting = _parties.Where(party => !party.HasEnded).ToArray();
        if (waiting.Length == 0)
        {
            Require(_machine.WaitingCount == 0, "nobody is left, and somebody waits");
            foreach (var semaphore in _semaphores)
                Require(semaphore.Free == semaphore.Permits, $"nobody is left, and {semaphore} has {semaphore.Free} of {semaphore.Permits} permits");
            foreach (var queue in _queues)
                Require(queue.HandedCount == 0, $"nobody is left, and {queue.HandedCount} items of {queue} are handed out");
            return false;
        }

        var stuck = waiting.FirstOrDefault(party => party.Awaited is { } ask && Array.Exists(ask.Request.Targets, target => target.Reach.IsOpen));
        Require(stuck is not null, $"nothing happens any more, no deadlock was found, and {waiting[0]} waits");
        if (stuck is null)
            throw new UnreachableException();
        GiveUp(stuck, "is freed from outside");
        return true;
    }
}
