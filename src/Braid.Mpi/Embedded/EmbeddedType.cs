using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <summary>A datatype as the bytes of one element that hold data, in the order they are sent.</summary>
internal sealed unsafe class EmbeddedType
{
    private readonly (long Offset, long Length)[] _blocks;

    public EmbeddedType(IEnumerable<(long Offset, long Length)> blocks, long lowerBound, long extent, BasicType? basic = null)
    {
        var merged = new List<(long Offset, long Length)>();
        foreach (var (offset, length) in blocks)
        {
            if (length == 0)
            {
                continue;
            }
            if (merged.Count > 0 && merged[^1].Offset + merged[^1].Length == offset)
            {
                merged[^1] = (merged[^1].Offset, merged[^1].Length + length);
            }
            else
            {
                merged.Add((offset, length));
            }
        }
        _blocks = [.. merged];
        (LowerBound, Extent, Basic) = (lowerBound, extent, basic);
        Size = _blocks.Sum(static b => b.Length);
        IsContiguous = _blocks.Length == 0 || (_blocks.Length == 1 && _blocks[0].Offset == 0 && Size == extent);
    }

    public ReadOnlySpan<(long Offset, long Length)> Blocks => _blocks;

    /// <summary>Bytes of data in one element.</summary>
    public long Size { get; }

    public long LowerBound { get; }

    /// <summary>Bytes from one element to the next.</summary>
    public long Extent { get; }

    /// <summary>Whether many elements are one run of bytes.</summary>
    public bool IsContiguous { get; }

    /// <summary>The predefined type that it is, for reductions.</summary>
    public BasicType? Basic { get; }

    /// <summary>The predefined type that all of its data is of; null where they are several.</summary>
    public BasicType? Element { get; init; }

    /// <summary>What the address of an element is a multiple of in C.</summary>
    public int Alignment { get; init; } = 1;

    public void Pack(void* source, long count, byte* target)
    {
        for (long i = 0; i < count; i++)
        {
            foreach (var (offset, length) in _blocks)
            {
                Buffer.MemoryCopy((byte*)source + (i * Extent) + offset, target, length, length);
                target += length;
            }
        }
    }

    /// <summary>Spreads so many packed bytes over at most so many elements.</summary>
    public void Unpack(byte* source, long bytes, void* target, long count)
    {
        for (long i = 0; i < count && bytes > 0; i++)
        {
            foreach (var (offset, length) in _blocks)
            {
                var step = Math.Min(length, bytes);
                Buffer.MemoryCopy(source, (byte*)target + (i * Extent) + offset, step, step);
                source += step;
                bytes -= step;
            }
        }
    }

    /// <summary>The blocks of so many elements, moved by so much.</summary>
    public IEnumerable<(long Offset, long Length)> Repeat(long count, long shift = 0)
    {
        if (IsContiguous)
        {
            yield return (shift, count * Size);
            yield break;
        }
        for (long i = 0; i < count; i++)
        {
            foreach (var (offset, length) in _blocks)
            {
                yield return (shift + (i * Extent) + offset, length);
            }
        }
    }
}
