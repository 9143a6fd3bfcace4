using System.Reflection;
using Braid.Serialization;
using Braid.Serialization.Graphs;

namespace Braid.Lambdas;

/// <summary>An object of the user's that the delegate was made on, or the first argument of an extension method: it is sent whole, as any value.</summary>
internal sealed class BoundCaptures(Type delegateType, MethodInfo method) : Captures
{
    private Delegate? _template;

    public override void Write(ObjectWriter writer, Delegate d)
    {
        try
        {
            writer.Write(d.Target);
        }
        catch (SerializationException e) when (e.Path is not null)
        {
            throw CaptureErrors.Of(method, e);
        }
    }

    public override Delegate Read(ObjectReader reader)
    {
        var target = reader.Read<object?>();
        if (target is not null && _template is { } template && DelegateFields.AreKnown && template.Target?.GetType() == target.GetType())
            return DelegateFields.Rebind(template, target);
        var first = Binding.Closed(delegateType, method, target);
        // The last type seen is the likeliest to come next. Strings, arrays and delegates have no blank instance, and are bound to rarely.
        if (target is not (null or string or Array or Delegate))
            _template = DelegateFields.WithoutTarget(first);
        return first;
    }

    public override void Scan(Delegate d, GraphVisitor visitor) => visitor.VisitReference(d.Target);

    public override IReadOnlyList<TSought> Find<TSought>(Delegate d)
    {
        try
        {
            return GraphScanner.Find<TSought>(d.Target);
        }
        catch (SerializationException e) when (e.Path is not null)
        {
            throw CaptureErrors.Of(method, e);
        }
    }
}
