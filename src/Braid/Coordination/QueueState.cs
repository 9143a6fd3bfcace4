using System.Diagnostics;

namespace Braid.Coordination;

/// <summary>An item of a queue, opaque here, and its number in the order of coming in.</summary>
internal readonly record struct QueueItem(long Number, object Value);

/// <summary>
/// A bounded queue. Items go to takers in the order in which both came. What a taker was handed is the queue's until it is acknowledged: an item whose
/// taker is lost before goes back to its place, before all that came in after it.
/// </summary>
internal sealed class QueueState(CoordinationMachine machine, string name, long capacity) : Primitive(machine, PrimitiveKind.Queue, name)
{
    /// <summary>In the order in which they came in, by their numbers.</summary>
    private readonly LinkedList<QueueItem> _items = new();

    private long _lastNumber;

    /// <summary>Handed out and not acknowledged. They are outside of the capacity: those that come back may exceed it.</summary>
    private int _handed;

    private bool _completed;

    public int Count => _items.Count;

    public int HandedCount => _handed;

    public bool IsCompleted => _completed;

    /// <summary>Puts that wait for room.</summary>
    internal LinkedList<Request> Putters { get; } = new();

    public override IEnumerable<Request> Waiting => Line.Concat(Putters);

    private bool IsExhausted => _completed && _items.Count == 0 && _handed == 0;

    /// <summary>A take from several: from the first that has items, beginning with the one that the request's number names in its upper half.</summary>
    public static void AskSeveral(CoordinationMachine machine, Request request)
    {
        if (Array.Find(request.Targets, target => target is not QueueState) is { } other)
        {
            machine.Finish(request, new Outcome(OutcomeKind.Invalid, Text: $"{other} is no queue to take from."));
            return;
        }

        var first = (int)((request.Number >> 32) % request.Targets.Length);
        for (var i = 0; i < request.Targets.Length; i++)
        {
            var queue = (QueueState)request.Targets[(first + i) % request.Targets.Length];
            if (queue._items.Count > 0 && queue.Line.Count == 0)
            {
                queue.Hand(request);
                queue.Admit();
                return;
            }
        }

        if (Array.TrueForAll(request.Targets, target => ((QueueState)target).IsExhausted))
            machine.Finish(request, Outcome.Completed);
        else if (request.IsTry)
            machine.Finish(request, Outcome.Refused);
        else
            machine.Wait(request, Array.ConvertAll(request.Targets, target => target.Line));
    }

    public override void Ask(Request request)
    {
        switch (request.Operation)
        {
            case Operation.Put:
                Put(request);
                break;
            case Operation.Take:
                Take(request);
                break;
            case Operation.Complete:
                Complete();
                Machine.Finish(request, Outcome.Granted);
                break;
            case Operation.Get:
                Machine.Finish(request, new Outcome(OutcomeKind.Granted, _items.Count));
                break;
            default:
                Refuse(request);
                break;
        }
    }

    public override void Withdrawn(Request request, bool lost)
    {
        if (request.Operation == Operation.Put)
            Admit();
    }

    /// <summary>What the taker did not take goes back to where it came from, in its order.</summary>
    public override void Released(Request request, bool abandoned)
    {
        for (var i = request.Handed.Length - 1; i >= request.Next; i--)
            Return(request.Handed[i]);
        _handed -= request.Handed.Length - request.Next;
        request.Handed = [];
        Serve();
    }

    public void Acknowledged(Request request, int count)
    {
        count = Math.Min(count, request.Handed.Length - request.Next);
        // A taken item is its taker's: nothing here keeps it alive.
        Array.Clear(request.Handed, request.Next, count);
        request.Next += count;
        _handed -= count;
        if (request.Next < request.Handed.Length)
            return;
        CoordinationMachine.Over(request);
        EndIfExhausted();
    }

    /// <summary>Others that were handed out after it may have come back before it.</summary>
    private void Return(QueueItem item)
    {
        var place = _items.First;
        while (place is not null && place.Value.Number < item.Number)
            place = place.Next;
        if (place is null)
            _items.AddLast(item);
        else
            _items.AddBefore(place, item);
    }

    protected override void Clear() => _items.Clear();

    private void Put(Request request)
    {
        if (_completed)
        {
            Machine.Finish(request, Outcome.Completed);
            return;
        }

        if (Putters.Count == 0)
            Fill(request);
        if (request.Next == request.Items.Length)
            Machine.Finish(request, Outcome.Granted);
        else if (request.IsTry)
            Machine.Finish(request, new Outcome(OutcomeKind.Refused, request.Next));
        else
            Machine.Wait(request, [Putters]);
        Serve();
    }

    private void Take(Request request)
    {
        if (_items.Count > 0 && Line.Count == 0)
        {
            Hand(request);
            Admit();
        }
        else if (IsExhausted)
            Machine.Finish(request, Outcome.Completed);
        else
            Wait(request, Line);
    }

    private void Complete()
    {
        _completed = true;
        while (Putters.First is { } putter)
            Machine.Finish(putter.Value, Outcome.Completed);
        EndIfExhausted();
    }

    /// <summary>Items to takers, and then room to putters, for as long as either gets on.</summary>
    private void Serve()
    {
        do
        {
            while (_items.Count > 0 && Line.First is { } taker)
                Hand(taker.Value);
        }
        while (AdmitSome() && Line.Count > 0);
        EndIfExhausted();
    }

    private void Admit()
    {
        if (AdmitSome())
            Serve();
    }

    /// <summary>Takes in what waits for room, in order: true when something came.</summary>
    private bool AdmitSome()
    {
        var before = _items.Count;
        while (Putters.First is { } putter)
        {
            Fill(putter.Value);
            if (putter.Value.Next < putter.Value.Items.Length)
                break;
            Machine.Finish(putter.Value, Outcome.Granted);
        }

        return _items.Count > before;
    }

    private void Fill(Request request)
    {
        while (request.Next < request.Items.Length && _items.Count < capacity)
            _items.AddLast(new QueueItem(++_lastNumber, request.Items[request.Next++]));
    }

    private void Hand(Request request)
    {
        Debug.Assert(_items.Count > 0);
        var items = new QueueItem[Math.Min(Math.Max(1, request.Number & int.MaxValue), _items.Count)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = _items.First!.Value;
            _items.RemoveFirst();
        }

        request.Source = this;
        request.Handed = items;
        _handed += items.Length;
        Machine.Hold(request, new Outcome(
            OutcomeKind.Granted, Array.IndexOf(request.Targets, this), Items: Array.ConvertAll(items, item => item.Value)));
    }

    private void EndIfExhausted()
    {
        if (!IsExhausted)
            return;
        for (var place = Line.First; place is not null;)
        {
            var taker = place.Value;
            place = place.Next;
            if (Array.TrueForAll(taker.Targets, target => ((QueueState)target).IsExhausted))
                Machine.Finish(taker, Outcome.Completed);
        }
    }
}
