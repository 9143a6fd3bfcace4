using Braid.Execution;
using Braid.Serialization;

namespace Braid.Actors;

/// <summary>A handle travels as its place in the payload's list of references, and is counted as they are.</summary>
internal sealed class ActorRefFormatter<T> : Formatter<ActorRef<T>>
{
    public override void Write(ObjectWriter writer, ActorRef<T> value)
    {
        if (writer.State is not ReferenceScope scope)
            throw new SerializationException($"{value} belongs to a running cluster: it travels to its tasks and back, and means nothing elsewhere.");
        writer.WriteVarUInt64((ulong)scope.PlaceOf(value.State));
    }

    public override ActorRef<T> Read(ObjectReader reader) => new(ObjectRefFormatter.ReadState(reader));
}
