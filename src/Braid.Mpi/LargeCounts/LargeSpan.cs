using System.Diagnostics.CodeAnalysis;

namespace Braid.Mpi;

/// <summary>
/// Memory outside the collector's heap with more elements than a span can count. Who makes one keeps the memory there, and in place, until
/// no operation uses it any more.
/// </summary>
/// <param name="start">For example from <see cref="System.Runtime.InteropServices.NativeMemory"/>.</param>
/// <param name="length">In elements.</param>
[SuppressMessage("Performance", "CA1815", Justification = "It is an argument; nobody compares it.")]
public readonly unsafe struct LargeSpan<T>(T* start, long length) where T : unmanaged
{
    /// <summary>The first element.</summary>
    public T* Start => start;

    /// <summary>How many elements; at least 0.</summary>
    public long Length { get; } = length >= 0 ? length : throw new ArgumentOutOfRangeException(nameof(length), length, "It is negative.");

    /// <summary>An element.</summary>
    public ref T this[long index] => ref (ulong)index < (ulong)Length ? ref start[index]
        : ref *(T*)ThrowOutside(index);

    /// <summary>A part.</summary>
    public LargeSpan<T> Slice(long from, long count)
    {
        if (from < 0 || count < 0 || from > Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(from), from, $"{count} elements from there are not within {Length}.");
        }
        return new(start + from, count);
    }

    /// <summary>A part as a span.</summary>
    public Span<T> AsSpan(long from, int count) => new(Slice(from, count).Start, count);

    private nint ThrowOutside(long index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Length} elements.");
}
