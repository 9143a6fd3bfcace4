namespace Braid.Coordination;

/// <summary>
/// Permits that are given out in the order asked, one who wants many holding up those behind it, and taken back only from their holders. A lock is
/// one with a single permit.
/// </summary>
internal sealed class SemaphoreState(CoordinationMachine machine, PrimitiveKind kind, string name, long permits)
    : Primitive(machine, kind, name)
{
    /// <summary>From 0 to <see cref="Permits"/>; with those of <see cref="Holding"/> it makes up all of them.</summary>
    private long _free = permits;

    /// <summary>The last holder that gave permits back was lost with them; told to the next that is granted some.</summary>
    private bool _abandoned;

    public long Permits { get; } = permits;

    public long Free => _free;

    /// <summary>Requests that hold permits.</summary>
    internal HashSet<Request> Holding { get; } = [];

    public override void Ask(Request request)
    {
        if (request.Operation == Operation.Get)
            Machine.Finish(request, new Outcome(OutcomeKind.Granted, _free));
        else if (request.Operation != Operation.Acquire)
            Refuse(request);
        else if (request.Number < 1 || request.Number > Permits)
            Machine.Finish(request, new Outcome(OutcomeKind.Invalid, Text: $"{request.Number} permits were asked of {this}, which has {Permits}."));
        else if (Line.Count == 0 && request.Number <= _free)
            Grant(request);
        else
            Wait(request, Line);
    }

    public override void Withdrawn(Request request, bool lost) => Serve();

    public override void Released(Request request, bool abandoned)
    {
        Holding.Remove(request);
        _free += request.Number;
        _abandoned |= abandoned;
        Serve();
    }

    private void Serve()
    {
        while (Line.First is { } first && first.Value.Number <= _free)
            Grant(first.Value);
    }

    private void Grant(Request request)
    {
        _free -= request.Number;
        Holding.Add(request);
        var abandoned = _abandoned;
        _abandoned = false;
        Machine.Hold(request, new Outcome(OutcomeKind.Granted, Abandoned: abandoned));
    }
}
