using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>The blocks of a collective's buffer, one for each rank: all of one length, of varying ones, or each somewhere else.</summary>
internal readonly unsafe struct Blocks
{
    private readonly byte* _start;
    private readonly EmbeddedType _type = null!;

    /// <summary>Of blocks of one length: how many elements, and how many bytes from one to the next.</summary>
    private readonly long _count;
    private readonly long _stride;

    private readonly int* _counts;
    private readonly int* _displacements;
    private readonly Part[]? _parts;

    public Blocks(void* start, int count, EmbeddedType type)
    {
        _start = (byte*)start;
        (_count, _stride, _type) = (count, type.Extent * count, type);
    }

    public Blocks(void* start, int* counts, int* displacements, EmbeddedType type)
    {
        _start = (byte*)start;
        _counts = counts;
        _displacements = displacements;
        _type = type;
    }

    public Blocks(Part[] parts) => _parts = parts;

    /// <summary>The same for each.</summary>
    public Blocks(Part part)
    {
        _start = (byte*)part.Start;
        (_count, _type) = (part.Count, part.Type);
    }

    public Part this[int rank] => _parts is { } parts ? parts[rank]
        : _counts == null ? new(_start + (_stride * rank), _count, _type)
        : new(_start + (_type.Extent * _displacements[rank]), _counts[rank], _type);
}

/// <summary>What one rank gives to another, or has room for.</summary>
internal readonly unsafe struct Part(void* start, long count, EmbeddedType type)
{
    /// <summary>No elements.</summary>
    public static Part Nothing { get; } = new(null, 0, new([], 0, 0));

    public void* Start => start;

    public long Count => count;

    public EmbeddedType Type => type;

    public long Bytes => count * type.Size;

    /// <summary>Whether it is MPI's constant for "what I give lies where I take".</summary>
    public bool IsInPlace => start == EmbeddedBackend.InPlaceMark;

    public bool IsAt(Part other) => start == other.Start;

    /// <summary>So many of its elements from one on.</summary>
    public Part Slice(long first, long length) => new((byte*)start + (first * type.Extent), length, type);

    /// <summary>As many elements of this type elsewhere.</summary>
    public Part At(Part place) => new(place.Start, count, type);

    /// <summary>Copies as many elements as there is room for.</summary>
    public void CopyTo(Part to)
    {
        if (type.IsContiguous && to.Type.IsContiguous)
        {
            Buffer.MemoryCopy(start, to.Start, to.Bytes, Math.Min(to.Bytes, Bytes));
            return;
        }
        var packed = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, Bytes));
        type.Pack(start, count, packed);
        to.Type.Unpack(packed, Bytes, to.Start, to.Count);
        NativeMemory.Free(packed);
    }
}
