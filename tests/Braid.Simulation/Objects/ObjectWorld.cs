using Braid.Objects;

namespace Braid.Simulation.Objects;

/// <summary>
/// One seed's world of references: a program, tasks and workers pass them on, inside of values too, and let go of them at any moment, while workers die. The
/// real <see cref="Engines.Processes.Exports"/> count what each worker has; the real <see cref="ObjectLedger"/> decides what is spilled and deleted.
/// </summary>
/// <remarks>This part is the program and the driver; Workers is the other side of the links, Checks what must hold.</remarks>
internal sealed partial class ObjectWorld
{
    private const long EventsMaximum = 50_000;
    private const int WorkersMaximum = 8;

    private readonly long _seed;
    private readonly Random _random;
    private readonly TextWriter? _log;
    private readonly Clock _clock = new();
    private readonly ObjectLedger _ledger;
    private readonly int _delay;

    /// <summary>The program's own references.</summary>
    private readonly List<SimObject> _handles = [];
    private readonly List<SimObject> _objects = [];
    private readonly List<Job> _jobs = [];
    private readonly List<Peer> _peers = [];

    /// <summary>The ledger's commands, carried out one after the other.</summary>
    private readonly Queue<LedgerCommand> _work = new();
    private bool _isWorking;
    private bool _isOver;
    private long _id;
    private uint _segment;

    public ObjectWorld(long seed, TextWriter? log = null)
    {
        _seed = seed;
        _log = log;
        _random = new Random((int)(seed * 17 ^ seed >> 32));
        _ledger = new ObjectLedger(_random.Next(3) == 0 ? 1_000_000 : _random.Next(50, 500));
        _delay = _random.Next(3) == 0 ? 1 : _random.Next(1, 200);
    }

    public long Events => _clock.Events;

    public void Run()
    {
        for (var workers = _random.Next(1, 4); workers > 0; workers--)
            Start();
        for (var acts = _random.Next(5, 60); acts > 0; acts--)
            _clock.At(_random.Next(1_000), Act);
        for (var deaths = _random.Next(2) == 0 ? _random.Next(1, 4) : 0; deaths > 0; deaths--)
            _clock.At(_random.Next(1_200), () => Die(_peers[_random.Next(_peers.Count)]));
        try
        {
            PlayOn();
            _isOver = true;
            // Everyone lets go of everything. What lies in a value is let go when the value is, so it takes a collection for each depth.
            _handles.Clear();
            foreach (var peer in _peers)
                peer.Kept.Clear();
            for (var before = -1; before != Left(); PlayOn())
            {
                before = Left();
                foreach (var peer in _peers.ToArray())
                    Collect(peer);
                PlayOn();
                Collect();
            }

            CheckNothingIsLeft();
        }
        catch (Exception e) when (e is not SimulationFailureException)
        {
            throw new SimulationFailureException(_seed, _clock.Now, "objects: " + e.Message, e);
        }
    }

    private void PlayOn()
    {
        while (_clock.Step())
            Require(_clock.Events < EventsMaximum, "it goes in circles");
    }

    private int Left() => _ledger.Count + _peers.Sum(peer => peer.Exports.Held().Length);

    private void Log(string line) => _log?.WriteLine($"{_clock.Now,6} {line}");

    private long Delay() => _random.Next(16) == 0 ? _random.Next(_delay * 10) : _random.Next(_delay);

    private Peer Start()
    {
        var peer = new Peer(_peers.Count + 1);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>The program does something.</summary>
    private void Act()
    {
        switch (_random.Next(7))
        {
            case 0:
                var put = New();
                put.IsKnown = true;
                Make(put, Some(_handles, 2));
                _handles.Add(put);
                break;
            case 1 or 2:
                var result = New();
                result.IsKnown = true;
                Submit(result, Some(_handles, 3));
                break;
            case 3 or 4 when _handles.Count > 0:
                var at = _random.Next(_handles.Count);
                Log($"the program lets {_handles[at]} go");
                _handles.RemoveAt(at);
                break;
            case 5 when _handles.Count > 0:
                CheckReadable(_handles[_random.Next(_handles.Count)], "the program");
                break;
            default:
                Collect();
                break;
        }
    }

    private T[] Some<T>(IReadOnlyList<T> of, int most)
    {
        var some = new HashSet<T>();
        for (var i = of.Count == 0 ? 0 : _random.Next(most + 1); i > 0; i--)
            some.Add(of[_random.Next(of.Count)]);
        return [.. some];
    }

    private SimObject New()
    {
        var made = new SimObject(++_id);
        _objects.Add(made);
        return made;
    }

    /// <summary>The value has come: its segments are the driver's to keep.</summary>
    private void Make(SimObject made, SimObject[] inside)
    {
        made.Inside = inside;
        var segments = new StoredSegment[_random.Next(1, 3)];
        for (var i = 0; i < segments.Length; i++)
            segments[i] = new StoredSegment(SegmentId.Create(1, ++_segment, _random.Next(8) == 0), _random.Next(1, 60));
        made.Stored = new StoredValue(segments);
        Log($"{made} is made, with [{string.Join(", ", inside.Select(one => one.Id))}] in it");
        _ledger.Add(made.Stored);
        TakeCommands();
        foreach (var peer in made.Subscribers)
            Tell(peer, made);
        made.Subscribers.Clear();
        Dispatch();
    }

    private void Submit(SimObject result, SimObject[] captures)
    {
        Log($"{result} is submitted, capturing [{string.Join(", ", captures.Select(one => one.Id))}]");
        _jobs.Add(new Job(result, captures));
        if (_random.Next(4) != 0)
            _handles.Add(result);
        Dispatch();
    }

    /// <summary>Jobs whose captures are there go to a worker that is not known to be lost.</summary>
    private void Dispatch()
    {
        foreach (var job in _jobs)
        {
            if (job.HasEnded || job.Worker is not null || !Array.TrueForAll(job.Captures, capture => capture.IsReady))
                continue;
            var candidates = _peers.FindAll(peer => !peer.IsLost);
            job.Worker = candidates.Count > 0 ? candidates[_random.Next(candidates.Count)] : Start();
            Assign(job, job.Worker, ++job.Attempt);
        }
    }

    /// <summary>The process ends; some of what it wrote last never arrives. Its link is closed, and then the driver hears of it.</summary>
    private void Die(Peer peer)
    {
        if (peer.IsDead || _peers.Count > WorkersMaximum)
            return;
        Log($"{peer} dies");
        peer.IsDead = true;
        peer.Up.CutAfter(peer.Up.Sent - _random.Next(4));
        _clock.At(peer.Up.LastArrival + Delay(), () =>
        {
            peer.IsClosed = true;
            peer.Exports.Close();
            _clock.After(Delay(), () => Lose(peer));
        });
    }

    private void Lose(Peer peer)
    {
        Log($"{peer} is lost");
        peer.IsLost = true;
        foreach (var job in _jobs)
        {
            if (job.Worker == peer && !job.HasEnded)
                job.Worker = null;
        }

        Dispatch();
    }

    /// <summary>A collection of the driver: values that nothing can reach are released, each when its finalizer comes to it.</summary>
    private void Collect()
    {
        var reached = new HashSet<SimObject>();
        var open = new Stack<SimObject>(_handles);
        foreach (var job in _jobs.Where(job => !job.HasEnded))
        {
            open.Push(job.Result);
            Array.ForEach(job.Captures, open.Push);
        }

        // The books of lost ones too: what still refers to them is not known.
        foreach (var held in _peers.SelectMany(peer => peer.Exports.Held()))
            open.Push((SimObject)held);
        while (open.TryPop(out var next))
        {
            if (reached.Add(next))
                Array.ForEach(next.Inside, open.Push);
        }

        CheckReachable(reached);
        foreach (var lost in _objects.Where(one => one is { IsKnown: true, IsCollected: false } && !reached.Contains(one)))
        {
            lost.IsCollected = true;
            if (lost.Stored is not { } stored)
                continue;
            _clock.After(_random.Next(50), () =>
            {
                Log($"{lost} is released");
                _ledger.Release(stored);
                TakeCommands();
            });
        }
    }

    private void TakeCommands()
    {
        _ledger.Validate(_objects.Select(one => one.Stored).OfType<StoredValue>());
        foreach (var command in _ledger.Commands)
            _work.Enqueue(command);
        _ledger.Commands.Clear();
        if (_isWorking || _work.Count == 0)
            return;
        _isWorking = true;
        _clock.After(_random.Next(1, 40), Work);
    }

    private void Work()
    {
        var (kind, value) = _work.Dequeue();
        var owner = _objects.Find(one => one.Stored == value)!;
        Require(!owner.IsDeleted, $"{kind} of {owner}, which was deleted");
        if (kind == LedgerCommandKind.Delete)
        {
            Log($"{owner} is deleted");
            owner.IsDeleted = true;
        }
        else if (_random.Next(6) == 0)
        {
            _ledger.SpillFailed(value);
        }
        else
        {
            _ledger.Spilled(value);
        }

        _isWorking = false;
        TakeCommands();
    }
}
