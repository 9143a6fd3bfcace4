using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <content>A type over a buffer. What would reach beyond it is refused here: MPI itself does not know where it ends.</content>
public sealed partial class Datatype
{
    /// <summary>As many elements of this type as the buffer holds, to be sent or written.</summary>
    public ReadOnlyTypedSpan From<T>(ReadOnlySpan<T> buffer) where T : unmanaged =>
        new(in As(ref MemoryMarshal.GetReference(buffer)), Fitting(Bytes<T>(buffer.Length)), this);

    /// <summary>So many elements of this type out of the buffer.</summary>
    /// <exception cref="ArgumentException">They reach beyond the buffer.</exception>
    public ReadOnlyTypedSpan From<T>(ReadOnlySpan<T> buffer, int count) where T : unmanaged =>
        new(in As(ref MemoryMarshal.GetReference(buffer)), Checked(count, Bytes<T>(buffer.Length)), this);

    /// <summary>As many elements of this type as the buffer holds, to be sent or written later.</summary>
    public ReadOnlyTypedMemory<T> From<T>(ReadOnlyMemory<T> buffer) where T : unmanaged =>
        new(buffer, Fitting(Bytes<T>(buffer.Length)), this);

    /// <summary>So many elements of this type out of the buffer, later.</summary>
    /// <exception cref="ArgumentException">They reach beyond the buffer.</exception>
    public ReadOnlyTypedMemory<T> From<T>(ReadOnlyMemory<T> buffer, int count) where T : unmanaged =>
        new(buffer, Checked(count, Bytes<T>(buffer.Length)), this);

    /// <summary>Room for as many elements of this type as the buffer holds.</summary>
    public TypedSpan Into<T>(Span<T> buffer) where T : unmanaged =>
        new(ref As(ref MemoryMarshal.GetReference(buffer)), Fitting(Bytes<T>(buffer.Length)), this);

    /// <summary>Room for so many elements of this type.</summary>
    /// <exception cref="ArgumentException">They reach beyond the buffer.</exception>
    public TypedSpan Into<T>(Span<T> buffer, int count) where T : unmanaged =>
        new(ref As(ref MemoryMarshal.GetReference(buffer)), Checked(count, Bytes<T>(buffer.Length)), this);

    /// <summary>Room for as many elements of this type as the buffer holds, to be filled later.</summary>
    public TypedMemory<T> Into<T>(Memory<T> buffer) where T : unmanaged =>
        new(buffer, Fitting(Bytes<T>(buffer.Length)), this);

    /// <summary>Room for so many elements of this type, to be filled later.</summary>
    /// <exception cref="ArgumentException">They reach beyond the buffer.</exception>
    public TypedMemory<T> Into<T>(Memory<T> buffer, int count) where T : unmanaged =>
        new(buffer, Checked(count, Bytes<T>(buffer.Length)), this);

    /// <summary>The bytes that so many elements reach, from the first to behind the last; both from their address.</summary>
    internal (long First, long End) Reach(long count)
    {
        if (count == 0 || TrueExtent == 0)
        {
            return (0, 0);
        }
        var last = (count - 1) * Extent;
        return (TrueLowerBound + Math.Min(0, last), TrueLowerBound + TrueExtent + Math.Max(0, last));
    }

    private static long Bytes<T>(int length) => (long)length * Unsafe.SizeOf<T>();

    private static ref byte As<T>(ref T start) => ref Unsafe.As<T, byte>(ref start);

    private int Fitting(long bytes)
    {
        if (TrueLowerBound < 0 || TrueLowerBound + TrueExtent > bytes || Extent < 0)
        {
            return Checked(1, bytes);
        }
        return Extent == 0 ? 1 : checked((int)(((bytes - TrueLowerBound - TrueExtent) / Extent) + 1));
    }

    private int Checked(int count, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var (first, end) = Reach(count);
        return first >= 0 && end <= bytes ? count : throw new ArgumentException(
            $"{count} elements of this datatype reach from byte {first} to byte {end}, which a buffer of {bytes} bytes does not hold.");
    }
}
