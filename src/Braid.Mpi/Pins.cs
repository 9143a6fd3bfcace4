using System.Buffers;

namespace Braid.Mpi;

/// <summary>The memory that an operation in flight uses.</summary>
internal struct Pins(MemoryHandle first, MemoryHandle second = default, IDisposable? other = null) : IDisposable
{
    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
        other?.Dispose();
        (first, second, other) = (default, default, null);
    }
}
