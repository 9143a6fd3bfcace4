using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>
/// Where the data of one element lies in memory, for what is not simply one value after the other: a column of a matrix, some fields of a
/// record, a part of a grid. <see cref="From{T}(ReadOnlySpan{T})"/> and <see cref="Into{T}(Span{T})"/> put it over a buffer, which any
/// call then takes in place of a span. Values of unmanaged types, structs included, need none: they have theirs by themselves.
/// </summary>
/// <remarks>It is committed when made. Disposing frees it once no operation uses it any more; the types made out of it stay.</remarks>
public sealed unsafe partial class Datatype : IDisposable
{
    private readonly DatatypeHandle _handle;

    private Datatype(nint handle, bool owned)
    {
        Runtime.Check(Runtime.Backend.TypeSize(handle, out var size), "MPI_Type_size_x");
        Runtime.Check(Runtime.Backend.TypeExtent(handle, out var lower, out var extent), "MPI_Type_get_extent");
        Runtime.Check(Runtime.Backend.TypeTrueExtent(handle, out var trueLower, out var trueExtent), "MPI_Type_get_true_extent");
        (Size, LowerBound, Extent, TrueLowerBound, TrueExtent) = (size, lower, extent, trueLower, trueExtent);
        _handle = new(handle, owned);
    }

    /// <summary>Bytes of data in one element, without gaps.</summary>
    public long Size { get; }

    /// <summary>Where an element begins, in bytes from its address; 0 unless resized or displaced.</summary>
    public long LowerBound { get; }

    /// <summary>Bytes from one element to the next.</summary>
    public long Extent { get; }

    /// <summary>Where the first byte of data lies, in bytes from the element's address.</summary>
    public long TrueLowerBound { get; }

    /// <summary>Bytes from the first byte of data to behind the last.</summary>
    public long TrueExtent { get; }

    /// <summary>The handle, refused once disposed.</summary>
    internal nint Handle => _handle.Value;

    /// <summary>The type of a .NET type: a number, a <c>bool</c>, or a struct field by field without its padding.</summary>
    public static Datatype Of<T>() where T : unmanaged
    {
        _ = Mpi.World.Handle;
        return Basic<T>.Type;
    }

    /// <summary>So many elements, one after the other.</summary>
    public Datatype Contiguous(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var code = Runtime.Backend.TypeContiguous(count, Handle, out var created);
        return Committed(code, created, "MPI_Type_contiguous");
    }

    /// <summary>Blocks at equal distances: a column of a matrix is <c>Vector(rows, 1, columns)</c>.</summary>
    /// <param name="count">How many blocks.</param>
    /// <param name="blockLength">Elements in each.</param>
    /// <param name="stride">Elements from the start of one to the start of the next; may be negative.</param>
    public Datatype Vector(int count, int blockLength, int stride) => VectorBytes(count, blockLength, stride * Extent);

    /// <summary>As <see cref="Vector"/>, with the distance in bytes.</summary>
    public Datatype VectorBytes(int count, int blockLength, long strideBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(blockLength);
        var code = Runtime.Backend.TypeVector(count, blockLength, strideBytes, Handle, out var created);
        return Committed(code, created, "MPI_Type_create_hvector");
    }

    /// <summary>Blocks of any lengths at any places.</summary>
    /// <param name="lengths">Elements in each block.</param>
    /// <param name="displacements">Where each begins, in elements.</param>
    public Datatype Indexed(ReadOnlySpan<int> lengths, ReadOnlySpan<int> displacements) =>
        IndexedBytes(lengths, InBytes(displacements));

    /// <summary>Blocks of one length at any places, in elements.</summary>
    public Datatype IndexedBlock(int blockLength, ReadOnlySpan<int> displacements) =>
        IndexedBytes(Filled(displacements.Length, blockLength), InBytes(displacements));

    /// <summary>As <see cref="Indexed"/>, with the places in bytes.</summary>
    public Datatype IndexedBytes(ReadOnlySpan<int> lengths, ReadOnlySpan<long> displacementsBytes)
    {
        CheckBlocks(lengths, displacementsBytes.Length);
        var code = Runtime.Backend.TypeIndexed(lengths, Native(displacementsBytes), Handle, out var created);
        return Committed(code, created, "MPI_Type_create_hindexed");
    }

    /// <summary>Blocks of different types.</summary>
    /// <param name="lengths">Elements in each block.</param>
    /// <param name="displacementsBytes">Where each begins, in bytes.</param>
    /// <param name="types">What each is made of.</param>
    public static Datatype Struct(
        ReadOnlySpan<int> lengths, ReadOnlySpan<long> displacementsBytes, params ReadOnlySpan<Datatype> types)
    {
        CheckBlocks(lengths, displacementsBytes.Length);
        CheckBlocks(lengths, types.Length);
        _ = Mpi.World.Handle;
        var handles = new nint[types.Length];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = types[i].Handle;
        }
        var code = Runtime.Backend.TypeStruct(lengths, Native(displacementsBytes), handles, out var created);
        return Committed(code, created, "MPI_Type_create_struct");
    }

    /// <summary>A part of a grid of elements; its extent is that of the whole grid.</summary>
    /// <param name="sizes">The grid along each dimension.</param>
    /// <param name="subsizes">The part along each dimension, at least 1.</param>
    /// <param name="starts">Where the part begins.</param>
    /// <param name="columnMajor">Whether the first dimension lies together, as in Fortran; else the last, as in C#.</param>
    public Datatype Subarray(
        ReadOnlySpan<int> sizes, ReadOnlySpan<int> subsizes, ReadOnlySpan<int> starts, bool columnMajor = false)
    {
        CheckBlocks(subsizes, sizes.Length);
        CheckBlocks(subsizes, starts.Length);
        for (var i = 0; i < sizes.Length; i++)
        {
            if (subsizes[i] < 1 || starts[i] < 0 || starts[i] > sizes[i] - subsizes[i])
            {
                throw new ArgumentException(
                    $"Along dimension {i} the part of {subsizes[i]} from {starts[i]} is not within the {sizes[i]} of the grid.",
                    nameof(starts));
            }
        }
        var code = Runtime.Backend.TypeSubarray(sizes, subsizes, starts, columnMajor, Handle, out var created);
        return Committed(code, created, "MPI_Type_create_subarray");
    }

    /// <summary>The same data with another distance from one element to the next, for example columns that begin one value apart.</summary>
    public Datatype Resize(long lowerBound, long extent)
    {
        var code = Runtime.Backend.TypeResized(Handle, lowerBound, extent, out var created);
        return Committed(code, created, "MPI_Type_create_resized");
    }

    /// <summary>Frees the type; those that MPI defines and those of .NET types stay.</summary>
    public void Dispose()
    {
        if (_handle.Owned)
        {
            _handle.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Size} bytes of data every {Extent} bytes";

    private static Datatype Committed(int code, nint created, string function)
    {
        Runtime.Check(code, function);
        Runtime.Check(Runtime.Backend.TypeCommit(&created), "MPI_Type_commit");
        return new(created, owned: true);
    }

    private static void CheckBlocks(ReadOnlySpan<int> lengths, int others)
    {
        if (lengths.Length != others)
        {
            throw new ArgumentException($"{lengths.Length} blocks need as many places and types, not {others}.");
        }
        foreach (var length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
        }
    }

    private long[] InBytes(ReadOnlySpan<int> elements)
    {
        var bytes = new long[elements.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = elements[i] * Extent;
        }
        return bytes;
    }

    private static nint[] Native(ReadOnlySpan<long> bytes)
    {
        var native = new nint[bytes.Length];
        for (var i = 0; i < native.Length; i++)
        {
            native[i] = (nint)bytes[i];
        }
        return native;
    }

    private static int[] Filled(int count, int value)
    {
        var filled = new int[count];
        Array.Fill(filled, value);
        return filled;
    }

    /// <summary>One object for each .NET type; what it stands for lives as long as the process.</summary>
    private static class Basic<T> where T : unmanaged
    {
        internal static readonly Datatype Type = new(TypeOf<T>.Handle, owned: false);
    }
}
