using System.Buffers;
using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>
/// The memory that an operation in flight uses. Two words, since each request has one: mostly it is an array's handle, and what is more lies apart.
/// </summary>
internal struct Pins : IDisposable
{
    private GCHandle _array;
    private Several? _others;

    public Pins(MemoryHandle first, MemoryHandle second = default, IDisposable? other = null) => _others = new Several(first, second, other);

    private Pins(GCHandle array) => _array = array;

    /// <summary>Pins a buffer and tells where it lies.</summary>
    public static unsafe Pins Of<T>(ReadOnlyMemory<T> buffer, out T* start) where T : unmanaged
    {
        if (MemoryMarshal.TryGetArray(buffer, out var segment) && segment.Array is { } array)
        {
            var pins = new Pins(GCHandle.Alloc(array, GCHandleType.Pinned));
            fixed (T* pinned = buffer.Span)
            {
                start = pinned;
            }
            return pins;
        }
        var handle = buffer.Pin();
        start = (T*)handle.Pointer;
        return new(handle);
    }

    public void Dispose()
    {
        if (_array.IsAllocated)
        {
            _array.Free();
        }
        _others?.Dispose();
        _others = null;
    }

    private sealed class Several(MemoryHandle first, MemoryHandle second, IDisposable? other) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
            other?.Dispose();
        }
    }
}
