using System.Buffers;
using System.Runtime.CompilerServices;

namespace Braid.Serialization.Formatters;

/// <summary>Shows a read-only mapping as memory, without a copy. The mapping lives as long as a memory over it is reachable; writing to it faults, so only <see cref="ReadOnlyMemory{T}"/> is handed out.</summary>
internal sealed unsafe class MappedMemory<T>(MappedBuffer buffer, int count) : MemoryManager<T>
{
    public override Span<T> GetSpan() => new(buffer.Pointer, count);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)count, nameof(elementIndex));
        // Mapped memory does not move; the handle keeps this object, and so the mapping, alive.
        return new MemoryHandle(buffer.Pointer + ((long)elementIndex * Unsafe.SizeOf<T>()), pinnable: this);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
