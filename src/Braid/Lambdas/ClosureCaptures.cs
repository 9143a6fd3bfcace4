using System.Reflection;
using Braid.Serialization;
using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Lambdas;

/// <summary>
/// A closure: the variables that the lambda's code can read are sent, those that only its siblings use stay. Both ends work out the
/// same fields from the same IL, so the payload does not name them.
/// </summary>
/// <remarks>
/// A closure of which nothing is read is still written: what the lambda assigns may be read by another one that shares it.
/// A captured variable is copied as it is at that moment: what either side assigns to it later, the other does not see. Lambdas that share a
/// closure in one payload share its copy too.
/// </remarks>
internal sealed class ClosureCaptures(Type delegateType, MethodInfo method) : Captures
{
    private FieldSubset? _fields;
    private Delegate? _template;

    // Whether some variable could hold what a visitor looks for, or something that cannot travel. Most closures hold numbers and text.
    private bool? _canHold;

    public override FieldSubset Chosen => Fields;

    private FieldSubset Fields => _fields ??= Choose();

    public override void Write(ObjectWriter writer, Delegate d)
    {
        try
        {
            writer.WriteFields(d.Target, Fields);
        }
        catch (SerializationException e) when (e.Path is not null)
        {
            throw CaptureErrors.Of(method, e);
        }
    }

    public override Delegate Read(ObjectReader reader)
    {
        var closure = reader.ReadFields(Fields) ?? throw new SerializationException($"The closure of {LambdaName.Of(method)} is null.");
        if (_template is { } template && DelegateFields.AreKnown) return DelegateFields.Rebind(template, closure);
        var first = Binding.Closed(delegateType, method, closure);
        _template ??= DelegateFields.WithoutTarget(first);
        return first;
    }

    public override void Scan(Delegate d, GraphVisitor visitor) => visitor.VisitFields(d.Target, Fields);

    public override IReadOnlyList<TSought> Find<TSought>(Delegate d)
    {
        if (!(_canHold ??= CanHold(Fields))) return [];
        try
        {
            return GraphScanner.Find<TSought>(d.Target, Fields);
        }
        catch (SerializationException e) when (e.Path is not null)
        {
            throw CaptureErrors.Of(method, e);
        }
    }

    private static bool CanHold(FieldSubset fields)
    {
        foreach (var entry in fields.Entries)
        {
            if (entry.Nested is { } nested ? CanHold(nested) : GraphVisitor.CanHold(entry.Field.FieldType)) return true;
        }

        return false;
    }

    private FieldSubset Choose()
    {
        var type = method.DeclaringType!;
        if (!GeneratedNames.IsClosure(type) || type.IsValueType)
            throw new SerializationException($"{LambdaName.Of(method)} is said to have a closure, but belongs to {TypeNames.Of(type)}.");
        return ClosureFields.Choose(type, ReachableFields.Of(method), field => CaptureErrors.Pointer(method, field));
    }
}
