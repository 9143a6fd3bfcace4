using System.Reflection;
using System.Runtime.CompilerServices;
using Braid.Serialization;
using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Lambdas;

/// <summary>Writes what delegates of one lambda are bound to, and binds new ones to what it reads.</summary>
internal abstract class Captures
{
    public virtual bool AreNone => false;

    /// <summary>The variables that are sent, of a closure; null of other targets, which are sent whole.</summary>
    public virtual FieldSubset? Chosen => null;

    public abstract void Write(ObjectWriter writer, Delegate d);

    public abstract Delegate Read(ObjectReader reader);

    public abstract void Scan(Delegate d, GraphVisitor visitor);

    public abstract IReadOnlyList<TSought> Find<TSought>(Delegate d) where TSought : class;
}

/// <summary>Nothing to send, so that one delegate serves every reader.</summary>
internal sealed class NoCaptures(Type delegateType, LambdaKind kind, MethodInfo method) : Captures
{
    private Delegate? _delegate;

    public override bool AreNone => true;

    public override void Write(ObjectWriter writer, Delegate d)
    {
    }

    public override Delegate Read(ObjectReader reader) => _delegate ??= Make();

    public override void Scan(Delegate d, GraphVisitor visitor)
    {
    }

    public override IReadOnlyList<TSought> Find<TSought>(Delegate d) => [];

    private Delegate Make()
    {
        if (kind == LambdaKind.Open) return Binding.Open(delegateType, method);
        var type = method.DeclaringType!;
        if (!GeneratedNames.IsStatelessHolder(type))
            throw new SerializationException($"{LambdaName.Of(method)} is said to capture nothing, but belongs to {TypeNames.Of(type)}.");
        return Binding.Closed(delegateType, method, RuntimeHelpers.GetUninitializedObject(type));
    }
}
