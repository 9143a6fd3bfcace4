using System.Diagnostics;
using Braid.Coordination;

namespace Braid.Deadlocks;

/// <summary>
/// Who waits for whom at one moment, and which of them can never go on: those that are left when everyone has been taken out who can. Pure: the shell
/// enters the waiters, this finds the cycles. The rules and their reasons: docs/design/deadlocks.md.
/// </summary>
/// <param name="find">The waiter that a holder is; null for one that can go on.</param>
internal sealed class WaitGraph(Func<Holder, Waiter?> find)
{
    private readonly List<Waiter> _waiters = [];

    /// <summary>Somebody could act who is no waiter at all: then a queue, an event and the like may be served at any time.</summary>
    private bool _worldIsOpen;

    /// <summary>Those that are left. In no order.</summary>
    public IEnumerable<Waiter> Stuck => _waiters.Where(waiter => waiter.IsStuck);

    public void Add(Waiter waiter) => _waiters.Add(waiter);

    /// <summary>Takes out everyone who can go on.</summary>
    /// <param name="somebodyElse">Asked only where it matters: whether any execution can act that is not among the stuck.</param>
    public void Reduce(Func<bool> somebodyElse)
    {
        // The youngest first: a parent waits for its children, so one pass takes a whole tree out from its leaves.
        _waiters.Sort(static (one, other) => other.Order.CompareTo(one.Order));
        Reduce();
        if (_waiters.Exists(waiter => waiter.IsStuck && waiter.Waits.Exists(wait => wait.Request is { } request && !IsForPermits(request))))
        {
            _worldIsOpen = somebodyElse();
            Reduce();
        }
    }

    /// <summary>
    /// The cycles among those that are left, each from its youngest member on: each waits for the next, and the last for the first. The first is taken
    /// for one that goes on, as it will when the exception is raised at it; what is stuck nevertheless is another cycle.
    /// </summary>
    public List<List<Waiter>> TakeCycles()
    {
        var cycles = new List<List<Waiter>>();
        while (_waiters.Find(waiter => waiter.IsStuck) is { } stuck)
        {
            var cycle = CycleFrom(stuck);
            cycle[0].IsStuck = false;
            cycles.Add(cycle);
            // The one that goes on may act.
            _worldIsOpen = true;
            Reduce();
        }

        return cycles;
    }

    /// <summary>Those of the stuck that keep a stuck one from going on: it waits for them, or for what they hold.</summary>
    public IEnumerable<Waiter> KeepersOf(Waiter waiter)
    {
        foreach (var wait in waiter.Waits)
        {
            foreach (var keeper in wait.Request is { } request ? KeepersOf(request) : wait.Ends.Where(end => end.IsStuck))
                yield return keeper;
        }
    }

    private static bool IsForPermits(Request request) => request.Target is SemaphoreState;

    private void Reduce()
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var waiter in _waiters)
            {
                if (!waiter.IsStuck || !waiter.Waits.Exists(CanEnd))
                    continue;
                waiter.IsStuck = false;
                changed = true;
            }
        }
    }

    private bool CanEnd(Wait wait)
    {
        if (wait.Request is { } request)
            return CanBeMet(request);
        if (wait.Needed == 0)
            return true;
        var ending = 0;
        foreach (var end in wait.Ends)
        {
            if (!end.IsStuck && ++ending >= wait.Needed)
                return true;
        }

        return false;
    }

    private bool CanBeMet(Request request) => request.State switch
    {
        RequestState.Waiting when request.Target is SemaphoreState semaphore => CanBeGranted(semaphore, request),
        RequestState.Waiting => _worldIsOpen || Array.Exists(request.Targets, target => target.Reach.IsOpen),
        // It was met, or ended: whoever waits is about to hear of it.
        _ => true,
    };

    /// <summary>
    /// Whether the permits would come if everyone who is not stuck gave back what it holds, and what it is granted while it is ahead in the line. A
    /// stuck one never gives back.
    /// </summary>
    private bool CanBeGranted(SemaphoreState semaphore, Request request)
    {
        var permits = semaphore.Permits;
        foreach (var holding in semaphore.Holding)
        {
            if (IsStuck(holding.Holder))
                permits -= holding.Number;
        }

        foreach (var ahead in semaphore.Line)
        {
            if (ahead == request)
                return request.Number <= permits;
            // Whoever can go on comes to its end, and stands here no longer.
            if (!IsStuck(ahead.Holder))
                continue;
            // Nobody is overtaken, so what cannot be granted keeps all that are behind it.
            if (ahead.Number > permits)
                return false;
            permits -= ahead.Number;
        }

        throw new UnreachableException($"{request} waits and is not in the line.");
    }

    private bool IsStuck(Holder holder) => find(holder) is { IsStuck: true };

    private IEnumerable<Waiter> KeepersOf(Request request)
    {
        if (request.Target is not SemaphoreState semaphore)
        {
            // Anyone could serve it, and all are stuck: it is kept by the others, or by itself when it is alone.
            var own = find(request.Holder);
            return _waiters.Where(waiter => waiter.IsStuck && waiter.Runs && waiter != own).DefaultIfEmpty(own!);
        }

        var holding = semaphore.Holding.Select(other => find(other.Holder));
        var ahead = semaphore.Line.TakeWhile(other => other != request).Select(other => find(other.Holder));
        return holding.Concat(ahead).OfType<Waiter>().Where(waiter => waiter.IsStuck);
    }

    /// <summary>Whoever is stuck is kept by one that is stuck too, so following them leads into a cycle.</summary>
    private List<Waiter> CycleFrom(Waiter start)
    {
        var path = new List<Waiter>();
        var places = new Dictionary<Waiter, int>();
        var at = start;
        while (places.TryAdd(at, path.Count))
        {
            path.Add(at);
            // One that has some of the permits and waits for more is a keeper of its own; the others say more.
            var keepers = KeepersOf(at).ToList();
            at = keepers.Find(keeper => keeper != at) ?? keepers[0];
        }

        var cycle = path[places[at]..];
        var youngest = 0;
        for (var i = 1; i < cycle.Count; i++)
        {
            if (cycle[i].Runs && (!cycle[youngest].Runs || cycle[i].Order > cycle[youngest].Order))
                youngest = i;
        }

        return [.. cycle[youngest..], .. cycle[..youngest]];
    }
}
