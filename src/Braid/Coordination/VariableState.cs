namespace Braid.Coordination;

/// <summary>One value, with a version that each change raises by one. Those that wait for a change see the newest value, not each.</summary>
internal sealed class VariableState(CoordinationMachine machine, string name, object? value) : Primitive(machine, PrimitiveKind.Variable, name)
{
    private object? _value = value;
    private long _version = 1;

    private Outcome Current => new(OutcomeKind.Granted, _version, Items: _value is null ? [] : [_value]);

    public override void Ask(Request request)
    {
        switch (request.Operation)
        {
            case Operation.Get:
            case Operation.Wait when _version > request.Number:
                Machine.Finish(request, Current);
                break;
            case Operation.Wait:
                Wait(request, Line);
                break;
            case Operation.Set or Operation.CompareExchange when request.Items.Length != 1:
                Refuse(request);
                break;
            case Operation.CompareExchange when _version != request.Number:
                Machine.Finish(request, Current with { Kind = OutcomeKind.Refused });
                break;
            case Operation.Set or Operation.CompareExchange:
                Change(request);
                break;
            default:
                Refuse(request);
                break;
        }
    }

    protected override void Clear() => _value = null;

    private void Change(Request request)
    {
        _value = request.Items[0];
        _version++;
        for (var place = Line.First; place is not null;)
        {
            var waiter = place.Value;
            place = place.Next;
            if (_version > waiter.Number)
                Machine.Finish(waiter, Current);
        }

        Machine.Finish(request, new Outcome(OutcomeKind.Granted, _version));
    }
}
