using System.Buffers;

namespace Braid.Mpi;

/// <summary>The lengths and offsets of an operation in flight, where the collector leaves them.</summary>
internal sealed unsafe class PinnedLayout : IDisposable
{
    private MemoryHandle _counts;
    private MemoryHandle _displacements;

    public PinnedLayout(BlockLayout layout) =>
        (_counts, _displacements) = (layout.Counts.AsMemory().Pin(), layout.Displacements.AsMemory().Pin());

    public int* Counts => (int*)_counts.Pointer;

    public int* Displacements => (int*)_displacements.Pointer;

    public void Dispose()
    {
        _counts.Dispose();
        _displacements.Dispose();
    }
}

/// <summary>Those of both directions.</summary>
internal sealed class PinnedLayouts(PinnedLayout outgoing, PinnedLayout incoming) : IDisposable
{
    public PinnedLayout Outgoing => outgoing;

    public PinnedLayout Incoming => incoming;

    public void Dispose()
    {
        outgoing.Dispose();
        incoming.Dispose();
    }
}
