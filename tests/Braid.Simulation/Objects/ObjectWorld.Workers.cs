namespace Braid.Simulation.Objects;

/// <summary>Both ends of the links, and the worker's code: it keeps references, reads them, passes them on and forgets them.</summary>
internal sealed partial class ObjectWorld
{
    /// <summary>To the worker: what the frame names is counted before it leaves.</summary>
    private void Down(Peer peer, SimObject[] counted, Action<Copy[]> arrive)
    {
        foreach (var one in counted)
            peer.Exports.Add(one);
        var (_, at) = peer.Down.Send(_clock.Now, Delay());
        _clock.At(at, () =>
        {
            if (!peer.IsDead)
                arrive([.. counted.Select(one => Received(peer, one))]);
        });
    }

    /// <summary>To the driver, which reads in the order written until the link is closed.</summary>
    private void Up(Peer peer, Action arrive)
    {
        var (number, at) = peer.Up.Send(_clock.Now, Delay());
        _clock.At(at, () =>
        {
            if (!peer.IsClosed && peer.Up.Arrives(number))
                arrive();
        });
    }

    private static Copy CopyOf(Peer peer, SimObject original)
    {
        if (!peer.Known.TryGetValue(original.Id, out var copy))
            peer.Known[original.Id] = copy = new Copy(original);
        return copy;
    }

    private Copy Received(Peer peer, SimObject original)
    {
        Require(!original.IsCollected, $"{original} was let go while a reference to it was on its way to {peer}");
        var copy = CopyOf(peer, original);
        copy.Counts++;
        return copy;
    }

    private void Assign(Job job, Peer peer, int attempt)
    {
        // The values come before the task; until then nothing there can reach them, and no collection comes between.
        var inside = job.Captures.SelectMany(capture => capture.Inside).ToArray();
        Down(peer, [.. inside, .. job.Captures], copies =>
        {
            var captures = copies[inside.Length..];
            var next = 0;
            foreach (var capture in captures)
            {
                var count = capture.Original.Inside.Length;
                capture.Inside ??= copies[next..(next + count)];
                next += count;
            }

            Begin(peer, new Running(job, attempt, captures));
        });
    }

    private void Tell(Peer peer, SimObject ready) => Down(peer, ready.Inside, inside =>
    {
        var copy = CopyOf(peer, ready);
        copy.Inside ??= inside;
        peer.Awaited.Remove(copy);
    });

    private void Begin(Peer peer, Running running)
    {
        Log($"{peer} begins {running.Job.Result}");
        peer.Running.Add(running);
        for (var acts = _random.Next(6); acts > 0; acts--)
            _clock.After(_random.Next(200), () => ActAt(peer, running));
        _clock.After(_random.Next(250), () => Complete(peer, running));
    }

    /// <summary>What the code of the worker can name: from there on what it has read.</summary>
    private static List<Copy> Reachable(Peer peer)
    {
        var reached = new HashSet<Copy>();
        var open = new Stack<Copy>(peer.Kept.Concat(peer.Awaited).Concat(peer.Running.SelectMany(running => running.Captures)));
        while (open.TryPop(out var next))
        {
            if (reached.Add(next))
                Array.ForEach(next.Inside ?? [], open.Push);
        }

        return [.. reached];
    }

    private void ActAt(Peer peer, Running running)
    {
        if (peer.IsDead || !peer.Running.Contains(running))
            return;
        var reachable = Reachable(peer);
        switch (_random.Next(7))
        {
            case 0 when reachable.Count > 0 && !_isOver:
                peer.Kept.Add(reachable[_random.Next(reachable.Count)]);
                break;
            case 1 when peer.Kept.Count > 0:
                peer.Kept.RemoveAt(_random.Next(peer.Kept.Count));
                break;
            case 2 when reachable.Count > 0:
                ReadAt(peer, reachable[_random.Next(reachable.Count)]);
                break;
            case 3 when !_isOver:
                // The reference is there at once, under a number of the worker's own; the driver counts it when it hears of it.
                var put = New();
                KeepNew(peer, put);
                Send(peer, Some(reachable, 2), held => Make(put, held), put);
                break;
            case 4 when !_isOver && _objects.Count < 200:
                var result = New();
                KeepNew(peer, result);
                Send(peer, Some(reachable, 2), held => Submit(result, held), result);
                break;
            default:
                Collect(peer);
                break;
        }
    }

    private static void KeepNew(Peer peer, SimObject made)
    {
        var copy = CopyOf(peer, made);
        copy.Counts++;
        peer.Kept.Add(copy);
    }

    /// <summary>A frame that makes a reference known and names others, which the driver must find.</summary>
    private void Send(Peer peer, Copy[] named, Action<SimObject[]> take, SimObject? made = null)
    {
        var ids = Array.ConvertAll(named, copy => copy.Id);
        Up(peer, () =>
        {
            if (made is not null)
            {
                made.IsKnown = true;
                peer.Exports.Add(made.Id, made);
            }

            take(Array.ConvertAll(ids, id => Found(peer, id)));
        });
    }

    private void ReadAt(Peer peer, Copy copy)
    {
        if (copy.Inside is not null)
        {
            CheckReadable(copy.Original, peer.ToString());
            return;
        }

        if (peer.Awaited.Contains(copy))
            return;
        peer.Awaited.Add(copy);
        Up(peer, () =>
        {
            var wanted = Found(peer, copy.Id);
            if (wanted.IsReady)
                Tell(peer, wanted);
            else if (!wanted.Subscribers.Contains(peer))
                wanted.Subscribers.Add(peer);
        });
    }

    private void Complete(Peer peer, Running running)
    {
        if (peer.IsDead)
            return;
        var inside = Some(Reachable(peer), 2);
        peer.Running.Remove(running);
        Send(peer, inside, held =>
        {
            if (running.Job is not { HasEnded: false } job || job.Attempt != running.Attempt || job.Worker != peer)
                return;
            job.HasEnded = true;
            Make(job.Result, held);
        });
    }

    /// <summary>A collection at the worker: of what nothing reaches, the driver is told how many references it had counted.</summary>
    private void Collect(Peer peer)
    {
        if (peer.IsDead)
            return;
        var reached = Reachable(peer).ToHashSet();
        foreach (var copy in peer.Known.Values.Where(copy => !reached.Contains(copy)).ToArray())
        {
            peer.Known.Remove(copy.Id);
            if (copy.Counts == 0)
                continue;
            _clock.After(_random.Next(30), () =>
            {
                if (!peer.IsDead)
                    Up(peer, () => peer.Exports.Release(copy.Id, copy.Counts));
            });
        }
    }
}
