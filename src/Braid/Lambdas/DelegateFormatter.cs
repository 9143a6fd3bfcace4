using Braid.Serialization;
using Braid.Serialization.Graphs;

namespace Braid.Lambdas;

/// <summary>
/// Delegates inside data. A delegate has no identity of its own in a payload: two occurrences arrive as equal delegates, and a cycle through
/// one ends at its target, which has identity. (A delegate cannot exist before its target does, nor be given one later.)
/// </summary>
internal sealed class DelegateFormatter<T> : Formatter<T> where T : Delegate
{
    internal override bool Tracked => false;

    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, T value)
    {
        var lambda = Lambda.OfPart(value);
        writer.WriteReference(lambda, LambdaFormatter.Instance);
        lambda.WriteCaptures(writer, value);
    }

    public override T Read(ObjectReader reader)
    {
        var lambda = (Lambda?)reader.ReadReference(LambdaFormatter.Instance);
        return lambda?.ReadCaptures(reader) as T
            ?? throw new SerializationException($"The payload has {lambda?.Name ?? "null"} where a {TypeNames.Of(typeof(T))} was expected.");
    }

    internal override void Scan(GraphVisitor visitor, T value) => Lambda.OfPart(value).Scan(value, visitor);
}

/// <summary>Definitions in a payload: each is written once and referred to after that, as any object.</summary>
internal sealed class LambdaFormatter : Formatter<Lambda>
{
    public static readonly LambdaFormatter Instance = new();

    public override void Write(ObjectWriter writer, Lambda value) => value.WriteDefinition(writer);

    public override Lambda Read(ObjectReader reader) => Lambda.ReadDefinition(reader);
}
