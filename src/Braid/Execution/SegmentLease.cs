using Braid.Objects;

namespace Braid.Execution;

/// <summary>
/// The driver's hold on the segments of one value: when nothing can reach the value any more, the garbage collector ends the lease and the
/// segments are deleted.
/// </summary>
internal sealed class SegmentLease(SegmentKeeper keeper, BufferRef[] buffers)
{
    private readonly StoredValue _value = keeper.Keep(buffers);

    ~SegmentLease() => keeper.Release(_value);
}
