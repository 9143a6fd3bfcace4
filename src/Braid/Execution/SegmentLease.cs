using Braid.Objects;

namespace Braid.Execution;

/// <summary>
/// The driver's hold on the segments of one value: they are deleted when the lease is disposed of or, where nobody knows when the last use is over,
/// once nothing can reach the value any more and the garbage collector ends it.
/// </summary>
internal sealed class SegmentLease(SegmentKeeper keeper, BufferRef[] buffers) : IDisposable
{
    private StoredValue? _value = keeper.Keep(buffers);

    ~SegmentLease() => Release();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Release();
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref _value, null) is { } value)
            keeper.Release(value);
    }
}
