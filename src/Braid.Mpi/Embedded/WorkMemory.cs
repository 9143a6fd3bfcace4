using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>
/// Two buffers for so many elements. The last ones given back are kept for the next: memory fresh from the system can cost more than
/// the collective (an all-reduce of 8 MiB took 43 ms with fresh memory for whole blocks, and takes 1.7 in slices of this).
/// </summary>
internal readonly unsafe struct WorkMemory : IDisposable
{
    private const long KeptBytesMax = 32 << 20;

    private static WorkBlock? _kept;
    private readonly WorkBlock _block;

    public WorkMemory(long count, EmbeddedType type)
    {
        var bytes = Math.Max(1, count * type.Extent);
        var block = Interlocked.Exchange(ref _kept, null);
        if (block is null || block.Bytes < 2 * bytes)
        {
            block?.Free();
            block = new(2 * bytes);
        }
        _block = block;
        (First, Second) = (new(block.Start, count, type), new(block.Start + bytes, count, type));
        if (!type.IsContiguous)
        {
            // An operation of the program's own sees the gaps too.
            NativeMemory.Clear(block.Start, (nuint)(2 * bytes));
        }
    }

    public Part First { get; }

    public Part Second { get; }

    public void Dispose()
    {
        if (_block.Bytes > KeptBytesMax || Interlocked.CompareExchange(ref _kept, _block, null) is not null)
        {
            _block.Free();
        }
    }
}

/// <summary>The memory behind it.</summary>
internal sealed unsafe class WorkBlock(long bytes)
{
    public long Bytes => bytes;

    public byte* Start { get; } = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);

    public void Free() => NativeMemory.AlignedFree(Start);
}
