using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>A copy of the data of some blocks, one after the other.</summary>
internal readonly unsafe struct PackedBlocks : IDisposable
{
    private readonly byte* _start;

    public PackedBlocks(int count, Blocks blocks, EmbeddedType bytes)
    {
        Part[] originals = [.. Enumerable.Range(0, count).Select(i => blocks[i])], packed = new Part[count];
        var next = _start = (byte*)NativeMemory.Alloc(checked((nuint)Math.Max(1, originals.Sum(static block => block.Bytes))));
        for (var i = 0; i < count; i++)
        {
            originals[i].Type.Pack(originals[i].Start, originals[i].Count, next);
            packed[i] = new(next, originals[i].Bytes, bytes);
            next += originals[i].Bytes;
        }
        Blocks = new(packed);
    }

    public Blocks Blocks { get; }

    public void Dispose() => NativeMemory.Free(_start);
}
