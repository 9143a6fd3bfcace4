using System.Diagnostics;

namespace Braid.Coordination;

/// <summary>
/// All primitives of a cluster as one state machine: requests and ends of holders in, answers out. No clock, thread, socket or randomness. Not
/// thread-safe: one owner calls it and takes <see cref="Answers"/>. Promises and reasons: docs/design/coordination.md.
/// </summary>
internal sealed class CoordinationMachine
{
    /// <summary>In the order decided. A request that must wait is answered twice: that it waits, and its outcome.</summary>
    public List<Answer> Answers { get; } = [];

    /// <summary>Requests that wait in some line.</summary>
    public int WaitingCount { get; private set; }

    /// <param name="kind">What it is.</param>
    /// <param name="number">Permits of a semaphore, capacity of a queue, parties of a barrier, 1 for an event that is set.</param>
    /// <param name="name">For people.</param>
    /// <param name="value">The first value of a variable.</param>
    public Primitive Create(PrimitiveKind kind, long number, string name, object? value = null) => kind switch
    {
        PrimitiveKind.Lock => new SemaphoreState(this, kind, name, 1),
        PrimitiveKind.Semaphore => new SemaphoreState(this, kind, name, number),
        PrimitiveKind.Queue => new QueueState(this, name, number),
        PrimitiveKind.Event => new EventState(this, name, number != 0),
        PrimitiveKind.Barrier => new BarrierState(this, name, number),
        PrimitiveKind.Variable => new VariableState(this, name, value),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of primitive."),
    };

    public void Ask(Request request)
    {
        Debug.Assert(request.State == RequestState.New);
        Debug.Assert(!request.Holder.HasEnded);
        request.HolderPlace = request.Holder.Requests.AddLast(request);
        if (Array.Find(request.Targets, target => target.IsDisposed) is not null)
            Finish(request, Outcome.Disposed);
        else if (request.Operation == Operation.Dispose)
        {
            request.Target.Dispose();
            Finish(request, Outcome.Granted);
        }
        else if (request is { Operation: Operation.Take, Targets.Length: > 1 })
            QueueState.AskSeveral(this, request);
        else
            request.Target.Ask(request);
    }

    /// <summary>The asker is done with it: withdrawn if it waits, given back if it holds. Of one that has ended already nothing is left to do.</summary>
    public void End(Request request) => End(request, lost: false);

    /// <summary>So many of the items that a take was handed are its taker's for good.</summary>
    public static void Acknowledge(Request request, int count)
    {
        if (request is not { State: RequestState.Holding, Source: { } queue })
            return;
        queue.Acknowledged(request, count);
    }

    /// <summary>The execution is over, in whatever way: everything that it holds is released as abandoned, everything that it waits for withdrawn.</summary>
    public void HolderEnded(Holder holder)
    {
        holder.HasEnded = true;
        // All out of their lines before anything is released: nothing is granted to one that is gone.
        var waiting = holder.Requests.Where(request => request.State == RequestState.Waiting).ToArray();
        foreach (var request in waiting)
        {
            Leave(request);
            Over(request);
        }

        foreach (var request in waiting)
            Withdraw(request, lost: true);
        while (holder.Requests.First is { } first)
            End(first.Value, lost: true);
    }

    /// <summary>Answers a request that needs nothing more.</summary>
    internal void Finish(Request request, Outcome outcome)
    {
        Leave(request);
        Over(request);
        Answers.Add(new Answer(request, outcome));
    }

    /// <summary>Answers a request that keeps something until it is ended.</summary>
    internal void Hold(Request request, Outcome outcome)
    {
        Leave(request);
        request.State = RequestState.Holding;
        Answers.Add(new Answer(request, outcome));
    }

    internal void Wait(Request request, ReadOnlySpan<LinkedList<Request>> lines)
    {
        Debug.Assert(request.State == RequestState.New);
        request.State = RequestState.Waiting;
        WaitingCount++;
        request.Places = new LinkedListNode<Request>?[lines.Length];
        for (var i = 0; i < lines.Length; i++)
            request.Places[i] = lines[i].AddLast(request);
        Answers.Add(new Answer(request, Outcome.Waiting));
    }

    internal static void Over(Request request)
    {
        request.State = RequestState.Ended;
        if (request.HolderPlace is not { } place)
            return;
        place.List!.Remove(place);
        request.HolderPlace = null;
    }

    private void End(Request request, bool lost)
    {
        switch (request.State)
        {
            case RequestState.Waiting:
                Leave(request);
                Over(request);
                Withdraw(request, lost);
                break;
            case RequestState.Holding:
                Over(request);
                (request.Source ?? request.Target).Released(request, abandoned: lost);
                break;
        }
    }

    private static void Withdraw(Request request, bool lost)
    {
        foreach (var target in request.Targets)
            target.Withdrawn(request, lost);
    }

    private void Leave(Request request)
    {
        if (request.State != RequestState.Waiting)
            return;
        WaitingCount--;
        foreach (var place in request.Places)
            place?.List?.Remove(place);
        request.Places = [];
    }
}
