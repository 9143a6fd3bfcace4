using Braid.Serialization.Graphs;
using Braid.Serialization.Types;

namespace Braid.Serialization.Formatters;

/// <summary>A type whose values cannot travel. It may still be the type of a field: null does travel.</summary>
internal sealed class RefusedFormatter<T> : Formatter<T>
{
    internal override bool Tracked => false;

    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, T value) => throw Refuse(value);

    public override T Read(ObjectReader reader) =>
        throw reader.Malformed($"a {TypeNames.Of(typeof(T))} is announced, which cannot travel: {Travel.WhyNot(typeof(T))}");

    internal override void Scan(GraphVisitor visitor, T value) => throw Refuse(value);

    private static SerializationException Refuse(T value) => new(value, typeof(T), Travel.WhyNot(typeof(T))!);
}

/// <summary>A type that is only ever the static type of something: no object is exactly this.</summary>
internal sealed class AbstractFormatter<T> : Formatter<T>
{
    internal override bool Tracked => false;

    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, T value) => throw new InvalidOperationException();

    public override T Read(ObjectReader reader) => throw reader.Malformed($"an object of the abstract type {TypeNames.Of(typeof(T))} is announced");
}

/// <summary>Pointers and ref structs cannot even be type arguments.</summary>
internal sealed class UntypedRefusal(Type type) : Formatter
{
    internal override Type Type => type;

    internal override void WriteBody(ObjectWriter writer, object value) => throw Refuse();

    internal override object ReadWhole(ObjectReader reader) => throw Refuse();

    internal override void ScanObject(GraphVisitor visitor, object value) => throw Refuse();

    private SerializationException Refuse() => new(null, type, Travel.WhyNot(type)!);
}
