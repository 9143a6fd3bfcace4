using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>One class of a family, such as the runtime's own kind of <see cref="Type"/>: written as the family's public base, and checked on reading.</summary>
internal sealed class MemberFormatter<T>(Formatter family) : Formatter<T> where T : class
{
    internal override Type WireType => family.WireType;

    internal override bool Tracked => family.Tracked;

    internal override bool NeedsParts => family.NeedsParts;

    internal override bool IsLeaf => family.IsLeaf;

    public override void Write(ObjectWriter writer, T value) => family.WriteBody(writer, value);

    public override T Read(ObjectReader reader) =>
        family.ReadWhole(reader) as T ?? throw reader.Malformed($"something else stands where a {TypeNames.Of(typeof(T))} was expected");

    internal override void Scan(GraphVisitor visitor, T value) => family.ScanObject(visitor, value);
}
