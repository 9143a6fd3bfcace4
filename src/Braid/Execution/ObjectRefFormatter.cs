using Braid.Serialization;

namespace Braid.Execution;

/// <summary>A reference travels as its place in the payload's list of references.</summary>
internal sealed class ObjectRefFormatter<T> : Formatter<ObjectRef<T>>
{
    public override void Write(ObjectWriter writer, ObjectRef<T> value) => ObjectRefFormatter.WritePlace(writer, value);

    public override ObjectRef<T> Read(ObjectReader reader) => new(ObjectRefFormatter.ReadState(reader));
}

/// <inheritdoc cref="ObjectRefFormatter{T}"/>
internal sealed class ObjectRefFormatter : Formatter<ObjectRef>
{
    public override void Write(ObjectWriter writer, ObjectRef value) => WritePlace(writer, value);

    public override ObjectRef Read(ObjectReader reader) => new(ReadState(reader));

    public static void WritePlace(ObjectWriter writer, ObjectRef value)
    {
        if (writer.State is not ReferenceScope scope)
            throw new SerializationException($"{value} belongs to a running cluster: it travels to its tasks and back, and means nothing elsewhere.");
        writer.WriteVarUInt64((ulong)scope.PlaceOf(value.State));
    }

    public static IObjectState ReadState(ObjectReader reader) =>
        reader.State is ReferenceScope scope
            ? scope.At(reader.ReadVarUInt64())
            : throw new SerializationException("A reference stands in a payload that was not sent by a cluster.");
}
