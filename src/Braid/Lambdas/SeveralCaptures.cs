using Braid.Serialization;
using Braid.Serialization.Graphs;

namespace Braid.Lambdas;

/// <summary>A delegate that calls several: each travels as a delegate of its own.</summary>
internal sealed class SeveralCaptures(Type delegateType) : Captures
{
    public override void Write(ObjectWriter writer, Delegate d)
    {
        var parts = d.GetInvocationList();
        writer.WriteVarUInt64((ulong)parts.Length);
        foreach (var part in parts) writer.Write(part);
    }

    public override Delegate Read(ObjectReader reader)
    {
        var parts = new Delegate[reader.ReadCount()];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = reader.Read<Delegate>();
            if (parts[i]?.GetType() != delegateType)
                throw new SerializationException($"Part {i} of a {TypeNames.Of(delegateType)} is a {parts[i]?.GetType().Name ?? "null"}.");
        }

        return Delegate.Combine(parts) ?? throw new SerializationException($"A {TypeNames.Of(delegateType)} of several targets has none.");
    }

    public override void Scan(Delegate d, GraphVisitor visitor)
    {
        foreach (var part in d.GetInvocationList()) visitor.VisitReference(part);
    }

    public override IReadOnlyList<TSought> Find<TSought>(Delegate d) => GraphScanner.Find<TSought>(d);
}
