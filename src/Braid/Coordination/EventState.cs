namespace Braid.Coordination;

/// <summary>A flag that many wait for: set, it lets all through until it is reset.</summary>
internal sealed class EventState(CoordinationMachine machine, string name, bool isSet) : Primitive(machine, PrimitiveKind.Event, name)
{
    private bool _isSet = isSet;

    public override void Ask(Request request)
    {
        switch (request.Operation)
        {
            case Operation.Wait when _isSet:
                Machine.Finish(request, Outcome.Granted);
                break;
            case Operation.Wait:
                Wait(request, Line);
                break;
            case Operation.Set:
                _isSet = true;
                while (Line.First is { } waiter)
                    Machine.Finish(waiter.Value, Outcome.Granted);
                Machine.Finish(request, Outcome.Granted);
                break;
            case Operation.Reset:
                _isSet = false;
                Machine.Finish(request, Outcome.Granted);
                break;
            case Operation.Get:
                Machine.Finish(request, new Outcome(OutcomeKind.Granted, _isSet ? 1 : 0));
                break;
            default:
                Refuse(request);
                break;
        }
    }
}
