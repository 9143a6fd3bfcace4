using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>Datatypes.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    /// <summary>Size and extent of each predefined type, in the order of <see cref="BasicType"/>; the pairs have their padding.</summary>
    private static readonly (int Value, int Location, int Extent)[] Basics =
    [
        (1, 0, 1), (1, 0, 1), (1, 0, 1), (2, 0, 2), (2, 0, 2), (4, 0, 4), (4, 0, 4), (8, 0, 8), (8, 0, 8), (4, 0, 4), (8, 0, 8),
        (16, 0, 16), (1, 0, 1), (1, 0, 1), (4, 4, 8), (8, 4, 16), (8, 4, 16), (4, 4, 8), (2, 4, 8),
    ];

    // Predefined types are the first in the table, in order.
    public override nint Type(BasicType type) => (nint)(int)type + 1;

    public override int TypeContiguous(int count, nint type, out nint created)
    {
        var of = _types[type];
        created = Add(of.Repeat(count), count == 0 ? 0 : of.LowerBound, count * of.Extent, of);
        return 0;
    }

    public override int TypeVector(int count, int blockLength, long strideBytes, nint type, out nint created)
    {
        var of = _types[type];
        var blocks = Enumerable.Range(0, count).SelectMany(i => of.Repeat(blockLength, i * strideBytes));
        // A stride may lead downwards: then the last block is the lowest.
        var last = Math.Max(0, count - 1) * strideBytes;
        created = count == 0 || blockLength == 0 ? Add([], 0, 0, of)
            : Add(blocks, of.LowerBound + Math.Min(0, last), Math.Abs(last) + (blockLength * of.Extent), of);
        return 0;
    }

    public override int TypeIndexed(ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, nint type, out nint created)
    {
        var types = new nint[lengths.Length];
        Array.Fill(types, type);
        created = Add(Struct(lengths, displacementsBytes, types, padded: false));
        return 0;
    }

    public override int TypeStruct(
        ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, ReadOnlySpan<nint> types, out nint created)
    {
        created = Add(Struct(lengths, displacementsBytes, types, padded: true));
        return 0;
    }

    public override int TypeResized(nint type, long lowerBound, long extent, out nint created)
    {
        created = Add(_types[type].Blocks.ToArray(), lowerBound, extent, _types[type]);
        return 0;
    }

    public override int TypeSubarray(
        ReadOnlySpan<int> sizes, ReadOnlySpan<int> subsizes, ReadOnlySpan<int> starts, bool columnMajor, nint type, out nint created)
    {
        var of = _types[type];
        // From the dimension that lies together outwards.
        var order = Enumerable.Range(0, sizes.Length).ToArray();
        if (!columnMajor)
        {
            Array.Reverse(order);
        }
        IEnumerable<(long Offset, long Length)> blocks = of.Repeat(1);
        var stride = of.Extent;
        foreach (var d in order)
        {
            var (inner, step, from, count) = (blocks.ToArray(), stride, starts[d], subsizes[d]);
            blocks = Enumerable.Range(from, count).SelectMany(i => inner.Select(b => (b.Offset + (i * step), b.Length)));
            stride *= sizes[d];
        }
        created = Add(blocks, 0, stride, of);
        return 0;
    }

    public override int TypeCommit(nint* type) => _types[*type] is null ? 1 : 0;

    public override int TypeFree(nint* type)
    {
        _types.Remove(*type);
        *type = 0;
        return 0;
    }

    public override int TypeSize(nint type, out long bytes)
    {
        bytes = _types[type].Size;
        return 0;
    }

    public override int TypeExtent(nint type, out long lowerBound, out long extent)
    {
        (lowerBound, extent) = (_types[type].LowerBound, _types[type].Extent);
        return 0;
    }

    public override int TypeTrueExtent(nint type, out long lowerBound, out long extent)
    {
        var blocks = _types[type].Blocks;
        var (first, end) = blocks.IsEmpty ? (0L, 0L) : (long.MaxValue, long.MinValue);
        foreach (var (offset, length) in blocks)
        {
            (first, end) = (Math.Min(first, offset), Math.Max(end, offset + length));
        }
        (lowerBound, extent) = (first, end - first);
        return 0;
    }

    public override int Pack(void* source, int count, nint type, void* destination, int size, ref int position, nint comm)
    {
        var of = _types[type];
        if (position + (count * of.Size) > size)
        {
            throw Failure(MpiErrorClass.Truncate, "MPI_Pack", $"{count * of.Size} bytes do not fit behind {position} of {size}.");
        }
        of.Pack(source, count, (byte*)destination + position);
        position += (int)(count * of.Size);
        return 0;
    }

    public override int Unpack(void* source, int size, ref int position, void* destination, int count, nint type, nint comm)
    {
        var of = _types[type];
        if (position + (count * of.Size) > size)
        {
            throw Failure(MpiErrorClass.Truncate, "MPI_Unpack", $"{count * of.Size} bytes are not there behind {position} of {size}.");
        }
        of.Unpack((byte*)source + position, count * of.Size, destination, count);
        position += (int)(count * of.Size);
        return 0;
    }

    public override int PackSize(int count, nint type, nint comm, out int size)
    {
        size = checked((int)(count * _types[type].Size));
        return 0;
    }

    private void AddTypes()
    {
        foreach (var type in Enum.GetValues<BasicType>())
        {
            var (value, location, extent) = Basics[(int)type];
            _types.Add(new(location == 0 ? [(0, value)] : [(0, value), (LocationOffset(value), 4)], 0, extent, type)
            {
                // A complex number is two doubles.
                Element = type, Alignment = value == 16 ? 8 : Math.Max(value, location),
            });
        }
    }

    private static int LocationOffset(int valueBytes) => Math.Max(4, valueBytes);

    /// <summary>Blocks at any places. Empty ones count for nothing; a struct ends where the next could begin, as C pads it.</summary>
    private EmbeddedType Struct(ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, ReadOnlySpan<nint> types, bool padded)
    {
        var blocks = new List<(long, long)>();
        var parts = new List<EmbeddedType>();
        var (lower, upper, alignment) = (long.MaxValue, long.MinValue, 1);
        for (var i = 0; i < lengths.Length; i++)
        {
            var of = _types[types[i]];
            if (lengths[i] == 0)
            {
                continue;
            }
            parts.Add(of);
            blocks.AddRange(of.Repeat(lengths[i], displacementsBytes[i]));
            lower = Math.Min(lower, displacementsBytes[i] + of.LowerBound);
            upper = Math.Max(upper, displacementsBytes[i] + of.LowerBound + (lengths[i] * of.Extent));
            alignment = Math.Max(alignment, of.Alignment);
        }
        if (parts.Count == 0)
        {
            return new([], 0, 0);
        }
        var extent = upper - lower;
        if (padded && extent % alignment != 0)
        {
            extent += alignment - (extent % alignment);
        }
        var element = parts[0].Element;
        return new(blocks, lower, extent)
        {
            Alignment = alignment, Element = parts.TrueForAll(p => p.Element == element) ? element : null,
        };
    }

    private nint Add(EmbeddedType type) => _types.Add(type);

    private nint Add(IEnumerable<(long, long)> blocks, long lowerBound, long extent, EmbeddedType of) =>
        _types.Add(new(blocks, lowerBound, extent) { Element = of.Element, Alignment = of.Alignment });
}
