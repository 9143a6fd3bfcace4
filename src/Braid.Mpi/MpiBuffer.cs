using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>
/// A buffer outside the collector's heap, on huge pages where the system grants them (Linux, from 1 MiB on, rounded up to whole pages of
/// 2 MiB): messages and reductions of megabytes are then not slowed down by page faults and address translation. It never moves, so pinning it costs nothing. Zeroed at first.
/// </summary>
/// <remarks>
/// Dispose of it when no operation uses it any more: its memory goes at once, and a span over it must not be used after. One that is not disposed of keeps
/// its memory to the end of the process, since no one can tell that no span over it is left.
/// </remarks>
public sealed unsafe class MpiBuffer<T> : MemoryManager<T> where T : unmanaged
{
    private T* _memory;

    /// <summary>Allocates room for so many elements.</summary>
    /// <param name="length">From 0 to 2³¹ − 1 elements.</param>
    /// <exception cref="OutOfMemoryException">The system does not grant it.</exception>
    public MpiBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var bytes = (nuint)Math.Max(1, (long)length * Unsafe.SizeOf<T>());
        _memory = (T*)HugePages.Allocate(bytes);
        Length = length;
    }

    /// <summary>How many elements it holds.</summary>
    public int Length { get; }

    /// <summary>Its elements.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    public Span<T> Span => GetSpan();

    /// <inheritdoc/>
    public override Span<T> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_memory == null, this);
        return new(_memory, Length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_memory == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length, nameof(elementIndex));
        // The handle keeps this object, and so the memory, alive.
        return new(_memory + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}

/// <summary>Memory on huge pages, where there are any.</summary>
internal static unsafe partial class HugePages
{
    private const nuint PageBytes = 2 << 20;

    /// <summary>From here on a buffer has whole huge pages: at most half of them is left over. 1 MiB goes to another rank in half of the time
    /// that it takes on small pages.</summary>
    private const nuint HugeBytesMin = PageBytes / 2;

    private const int AdviseHugePages = 14;

    /// <summary>Zeroed memory, to be freed as aligned memory.</summary>
    public static void* Allocate(nuint bytes)
    {
        if (bytes < HugeBytesMin)
        {
            var small = NativeMemory.AlignedAlloc(bytes, 64);
            NativeMemory.Clear(small, bytes);
            return small;
        }
        // A part of a huge page would stay on small ones.
        var whole = (bytes + PageBytes - 1) & ~(PageBytes - 1);
        var memory = NativeMemory.AlignedAlloc(whole, PageBytes);
        if (OperatingSystem.IsLinux())
        {
            // Advice: a system without huge pages refuses it, and the memory is as good as any other.
            _ = Advise(memory, whole, AdviseHugePages);
        }
        NativeMemory.Clear(memory, bytes);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
