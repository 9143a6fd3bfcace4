using Braid.Execution;
using Braid.Serialization;

namespace Braid.Coordination.Client;

/// <summary>A primitive travels as a reference does: as its place in the payload's list of references, which so keep it alive.</summary>
internal abstract class PrimitiveFormatter<T> : Formatter<T> where T : CoordinationPrimitive
{
    public sealed override void Write(ObjectWriter writer, T value)
    {
        if (writer.State is not ReferenceScope scope)
            throw new SerializationException($"{value} belongs to a running cluster: it travels to its tasks and back, and means nothing elsewhere.");
        writer.WriteVarUInt64((ulong)scope.PlaceOf(value.State));
    }

    public sealed override T Read(ObjectReader reader) => Make(ObjectRefFormatter.ReadState(reader));

    protected abstract T Make(IObjectState state);
}

internal sealed class LockFormatter : PrimitiveFormatter<DistributedLock>
{
    protected override DistributedLock Make(IObjectState state) => new(state);
}

internal sealed class SemaphoreFormatter : PrimitiveFormatter<DistributedSemaphore>
{
    protected override DistributedSemaphore Make(IObjectState state) => new(state);
}

internal sealed class EventFormatter : PrimitiveFormatter<DistributedEvent>
{
    protected override DistributedEvent Make(IObjectState state) => new(state);
}

internal sealed class BarrierFormatter : PrimitiveFormatter<DistributedBarrier>
{
    protected override DistributedBarrier Make(IObjectState state) => new(state);
}

internal sealed class QueueFormatter<T> : PrimitiveFormatter<DistributedQueue<T>>
{
    protected override DistributedQueue<T> Make(IObjectState state) => new(state);
}

internal sealed class VariableFormatter<T> : PrimitiveFormatter<DistributedVariable<T>>
{
    protected override DistributedVariable<T> Make(IObjectState state) => new(state);
}

/// <summary>A hold belongs to the execution that asked for it.</summary>
internal sealed class HoldFormatter : Formatter<DistributedHold>
{
    private const string Why = "a held lock or permit stays where it was granted, and ends with the task that asked for it. Send the lock or the semaphore itself.";

    public override void Write(ObjectWriter writer, DistributedHold value) => throw new SerializationException(value, typeof(DistributedHold), Why);

    public override DistributedHold Read(ObjectReader reader) => throw new SerializationException(Why);

    internal override void Scan(Serialization.Graphs.GraphVisitor visitor, DistributedHold value) =>
        throw new SerializationException(value, typeof(DistributedHold), Why);
}
