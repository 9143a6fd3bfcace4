using Braid.Coordination;
using Answered = Braid.Coordination.Outcome;

namespace Braid.Simulation.Coordination;

/// <summary>
/// One seed's world of parties that meet at locks, semaphores, queues, events and barriers of the real <see cref="CoordinationMachine"/>: they wait with and
/// without limits, forget what they hold, and die at any point. The real <see cref="Deadlocks.WaitGraph"/> looks for those that can never go on.
/// </summary>
/// <remarks>This part is what happens; Checks is what must hold, Deadlocks the search and its proof by force.</remarks>
internal sealed partial class CoordinationWorld
{
    /// <summary>Past this many events a world that small is going in circles.</summary>
    private const long EventsMaximum = 50_000;

    private readonly long _seed;
    private readonly Random _random;
    private readonly TextWriter? _log;
    private readonly Clock _clock = new();
    private readonly CoordinationMachine _machine = new();
    private readonly SemaphoreState[] _semaphores;
    private readonly QueueState[] _queues;
    private readonly int[] _capacities;
    private readonly EventState[] _events;
    private readonly BarrierState[] _barriers;
    private readonly bool[] _set;
    private readonly HashSet<QueueState> _completed = [];
    private readonly Party[] _parties;
    private readonly List<Ask> _asks = [];
    private readonly List<(QueueState Queue, Item Item)> _offered = [];

    /// <summary>Not their count: what is withdrawn leaves it.</summary>
    private int _lastItem;

    public CoordinationWorld(long seed, TextWriter? log = null)
    {
        _seed = seed;
        _log = log;
        _random = new Random((int)(seed * 31 ^ seed >> 32));
        _semaphores = Make(1, 4, i => (SemaphoreState)(_random.Next(2) == 0
            ? _machine.Create(PrimitiveKind.Lock, 1, $"lock {i}")
            : _machine.Create(PrimitiveKind.Semaphore, _random.Next(1, 4), $"semaphore {i}")));
        _capacities = Make(0, 3, _ => _random.Next(1, 4));
        _queues = [.. _capacities.Select((capacity, i) => (QueueState)_machine.Create(PrimitiveKind.Queue, capacity, $"queue {i}"))];
        _events = Make(0, 2, i => (EventState)_machine.Create(PrimitiveKind.Event, 0, $"event {i}"));
        _set = new bool[_events.Length];
        _barriers = Make(0, 2, i => (BarrierState)_machine.Create(PrimitiveKind.Barrier, _random.Next(2, 4), $"barrier {i}"));
        foreach (var primitive in _queues.Concat<Primitive>(_events).Concat(_barriers))
        {
            if (_random.Next(4) == 0)
                primitive.Reach.Open();
        }

        _parties = Make(1, 7, i => new Party(i, Make(1, 9, _ => PickDeed())));
    }

    public long Events => _clock.Events;

    public void Run()
    {
        foreach (var party in _parties)
            _clock.At(_random.Next(50), () => Go(party));
        for (var deaths = _random.Next(3) == 0 ? _random.Next(1, 4) : 0; deaths > 0; deaths--)
            _clock.At(_random.Next(300), () => End(_parties[_random.Next(_parties.Length)], "dies"));
        try
        {
            do
            {
                while (_clock.Step())
                {
                    Require(_clock.Events < EventsMaximum, "it goes in circles");
                    Check();
                    LookForDeadlocks();
                }
            }
            while (Rescue());
        }
        catch (Exception e) when (e is not SimulationFailureException)
        {
            throw new SimulationFailureException(_seed, _clock.Now, e.Message, e);
        }
    }

    private T[] Make<T>(int min, int end, Func<int, T> make)
    {
        var made = new T[_random.Next(min, end)];
        for (var i = 0; i < made.Length; i++)
            made[i] = make(i);
        return made;
    }

    private Deed PickDeed()
    {
        var act = (Act)_random.Next((int)Act.Join + 1);
        if (_random.Next(3) == 0)
            act = _random.Next(2) == 0 ? Act.Acquire : Act.Release;
        return new Deed(act, _random.Next(100), _random.Next(1, 4), _random.Next(5) == 0 ? _random.Next(1, 100) : 0, _random.Next(8) != 0);
    }

    private void Log(string line) => _log?.WriteLine($"{_clock.Now,6} {line}");

    private void Go(Party party)
    {
        if (party.HasEnded || party.IsWaiting)
            return;
        if (party.Next == party.Script.Length)
        {
            End(party, "ends");
            return;
        }

        Do(party, party.Script[party.Next++]);
        if (!party.IsWaiting)
            _clock.After(_random.Next(1, 20), () => Go(party));
    }

    private void Do(Party party, Deed deed)
    {
        switch (deed.Act)
        {
            case Act.Acquire:
                var semaphore = Pick(_semaphores, deed.Target)!;
                AskFor(party, deed, Operation.Acquire, [semaphore], Math.Min(deed.Amount, semaphore.Permits), []);
                break;
            case Act.Release when party.Held.Count > 0:
                GiveBack(party.Held[deed.Amount == 1 ? 0 : party.Held.Count - 1]);
                break;
            case Act.Put when Pick(_queues, deed.Target) is { } queue:
                Offer(party, deed, queue);
                break;
            case Act.Take when Pick(_queues, deed.Target) is { } queue:
                AskFor(party, deed, Operation.Take, [queue], deed.Amount, []);
                break;
            case Act.TakeAny when _queues.Length > 1:
                AskFor(party, deed, Operation.Take, _queues, ((long)_random.Next(2) << 32) | 1u, []);
                break;
            case Act.Complete when deed.Target % 4 == 0 && Pick(_queues, deed.Target / 4) is { } queue:
                _completed.Add(queue);
                AskFor(party, deed, Operation.Complete, [queue], 1, []);
                break;
            case Act.WaitForEvent when Pick(_events, deed.Target) is { } signal:
                AskFor(party, deed, Operation.Wait, [signal], 1, []);
                break;
            case Act.SetEvent or Act.ResetEvent when Pick(_events, deed.Target) is { } signal:
                _set[Array.IndexOf(_events, signal)] = deed.Act == Act.SetEvent;
                AskFor(party, deed, deed.Act == Act.SetEvent ? Operation.Set : Operation.Reset, [signal], 1, []);
                break;
            case Act.Arrive when Pick(_barriers, deed.Target) is { } barrier:
                AskFor(party, deed, Operation.Arrive, [barrier], 1, []);
                break;
            case Act.Join:
                Join(party, deed);
                break;
        }
    }

    private static T? Pick<T>(T[] from, int number) where T : class => from.Length == 0 ? null : from[number % from.Length];

    private void Offer(Party party, Deed deed, QueueState queue)
    {
        var items = new object[deed.Amount];
        for (var i = 0; i < items.Length; i++)
        {
            var item = new Item(party, ++_lastItem);
            _offered.Add((queue, item));
            items[i] = item;
        }

        AskFor(party, deed, Operation.Put, [queue], 1, items);
    }

    private void Join(Party party, Deed deed)
    {
        var others = _parties.Where(other => other != party && !other.HasEnded && _random.Next(2) == 0).ToArray();
        if (others.Length == 0)
            return;
        party.Joined.AddRange(others);
        party.JoinNeeded = deed.Amount == 1 ? 1 : others.Length;
        Log($"{party} waits for the ends of {party.JoinNeeded} of {string.Join(", ", others)}");
        Wait(party, deed);
    }

    private void AskFor(Party party, Deed deed, Operation operation, Primitive[] targets, long number, object[] items)
    {
        Ask ask = null!;
        var request = new Request
        {
            Operation = operation,
            Targets = targets,
            Holder = party.Holder,
            Number = number,
            Items = items,
            Origin = new Func<Ask>(() => ask),
        };
        ask = new Ask(party, request, _asks.Count);
        _asks.Add(ask);
        Log($"{ask} ({number & int.MaxValue}){(deed.Awaited ? "" : ", not awaited")}");
        if (deed.Awaited)
            party.Awaited = ask;
        _machine.Ask(request);
        Deliver();
        if (party.Awaited == ask)
            Wait(party, deed);
    }

    private void Wait(Party party, Deed deed)
    {
        party.EndsByItself = deed.Patience > 0;
        var number = ++party.WaitNumber;
        if (deed.Patience > 0)
            _clock.After(deed.Patience, () =>
            {
                if (!party.HasEnded && party.IsWaiting && party.WaitNumber == number)
                    GiveUp(party, "gives up waiting");
            });
    }

    /// <summary>A wait that ends without what it was for.</summary>
    private void GiveUp(Party party, string how)
    {
        Log($"{party} {how}");
        var ask = party.Awaited;
        party.Awaited = null;
        party.Joined.Clear();
        if (ask is not null)
            GiveBack(ask);
        _clock.After(1, () => Go(party));
    }

    private void GiveBack(Ask ask)
    {
        Log($"{ask} is over");
        Over(ask);
        _machine.End(ask.Request);
        Deliver();
    }

    private void End(Party party, string how)
    {
        if (party.HasEnded)
            return;
        Log($"{party} {how}");
        party.HasEnded = true;
        party.Awaited = null;
        party.Joined.Clear();
        foreach (var ask in _asks)
        {
            if (ask.Party == party && !ask.IsOver)
                Over(ask);
        }

        _machine.HolderEnded(party.Holder);
        Require(party.Holder.Requests.Count == 0, $"{party} has ended and still has requests");
        Deliver();
        foreach (var other in _parties)
        {
            if (other.Joined.Count > 0 && other.Joined.Count(joined => joined.HasEnded) >= other.JoinNeeded)
            {
                other.Joined.Clear();
                _clock.After(1, () => Go(other));
            }
        }
    }

    private void Deliver()
    {
        var answers = _machine.Answers.ToArray();
        _machine.Answers.Clear();
        foreach (var (request, outcome) in answers)
        {
            var ask = ((Func<Ask>)request.Origin!)();
            if (outcome.Kind == OutcomeKind.Waiting)
                continue;
            Log($"  {ask}: {outcome.Kind}");
            Settle(ask, outcome);
            if (ask.Party.Awaited != ask)
                continue;
            ask.Party.Awaited = null;
            _clock.After(_random.Next(1, 5), () => Go(ask.Party));
        }
    }

    private void Settle(Ask ask, Answered outcome)
    {
        Require(!ask.IsOver && !ask.IsGranted, $"{ask} was answered although it is over");
        if (outcome.Kind != OutcomeKind.Granted)
        {
            if (outcome.Kind == OutcomeKind.Completed && ask.Request.Operation == Operation.Take)
                CheckCompleted(ask);
            Over(ask);
            return;
        }

        CheckOrder(ask);
        ask.IsGranted = true;
        switch (ask.Request.Operation)
        {
            case Operation.Acquire:
                ask.Party.Held.Add(ask);
                CheckExclusion((SemaphoreState)ask.Request.Target);
                break;
            case Operation.Take:
                Handed(ask, outcome);
                break;
            default:
                ask.IsOver = true;
                break;
        }
    }

    /// <summary>The taker takes some of the items, soon, and gives the others back.</summary>
    private void Handed(Ask ask, Answered outcome)
    {
        foreach (Item item in outcome.Items!)
        {
            CheckHanded(ask, item, _queues.Length == 0 ? null! : (QueueState)ask.Request.Targets[(int)outcome.Number]);
            item.IsHanded = true;
            ask.Handed.Add(item);
        }

        _clock.After(_random.Next(10), () =>
        {
            if (ask.IsOver)
                return;
            var taken = _random.Next(ask.Handed.Count + 1);
            foreach (var item in ask.Handed[..taken])
                item.IsTaken = true;
            ask.Handed.RemoveRange(0, taken);
            Log($"{ask} takes {taken} items and gives {ask.Handed.Count} back");
            CoordinationMachine.Acknowledge(ask.Request, taken);
            Deliver();
            if (ask.Handed.Count > 0)
                GiveBack(ask);
            else
                ask.IsOver = true;
        });
    }

    private void Over(Ask ask)
    {
        ask.IsOver = true;
        ask.Party.Held.Remove(ask);
        foreach (var item in ask.Handed)
            item.IsHanded = false;
        ask.Handed.Clear();
        // Of a put that is withdrawn, what found no room vanishes.
        if (ask.Request.Operation == Operation.Put)
            _offered.RemoveAll(offer => Array.IndexOf(ask.Request.Items, offer.Item) >= ask.Request.Next);
    }
}
