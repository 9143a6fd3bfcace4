namespace Braid.Coordination;

/// <summary>
/// Lets its parties through together, phase after phase. A party that leaves while others wait with it, because it was lost or gave up waiting, breaks
/// it: nobody can get through any more, and all are told who is missing, until it is reset.
/// </summary>
internal sealed class BarrierState(CoordinationMachine machine, string name, long parties) : Primitive(machine, PrimitiveKind.Barrier, name)
{
    /// <summary>Phases that all parties have ended.</summary>
    private long _phase;

    /// <summary>Why nobody gets through; null while all is well.</summary>
    private string? _broken;

    public long Parties => parties;

    public override void Ask(Request request)
    {
        switch (request.Operation)
        {
            case Operation.Arrive when _broken is not null:
                Machine.Finish(request, new Outcome(OutcomeKind.Broken, Text: _broken));
                break;
            case Operation.Arrive when Line.Count + 1 == parties:
                var ended = new Outcome(OutcomeKind.Granted, _phase++);
                while (Line.First is { } party)
                    Machine.Finish(party.Value, ended);
                Machine.Finish(request, ended);
                break;
            case Operation.Arrive:
                Wait(request, Line);
                break;
            case Operation.Reset:
                Break("it was reset while they waited");
                _broken = null;
                Machine.Finish(request, Outcome.Granted);
                break;
            case Operation.Get:
                Machine.Finish(request, new Outcome(OutcomeKind.Granted, Line.Count));
                break;
            default:
                Refuse(request);
                break;
        }
    }

    public override void Withdrawn(Request request, bool lost) =>
        Break(lost ? $"{request.Holder} was lost, or ended, while it waited there" : $"{request.Holder} stopped waiting there");

    private void Break(string why)
    {
        _broken = why;
        while (Line.First is { } party)
            Machine.Finish(party.Value, new Outcome(OutcomeKind.Broken, Text: why));
    }
}
