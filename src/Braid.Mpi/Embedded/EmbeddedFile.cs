using Microsoft.Win32.SafeHandles;

namespace Braid.Mpi.Embedded;

/// <summary>A file of some ranks: what this rank sees of it, and the position that all share.</summary>
internal sealed unsafe class EmbeddedFile(EmbeddedCommunicator of, SharedBlock block, SafeFileHandle handle, string path, MpiFileMode mode)
{
    private readonly Lock _gate = new();
    private long _position;

    /// <summary>The ranks, in a context of the file's own.</summary>
    public EmbeddedCommunicator Of => of;
    public SafeFileHandle Handle => handle;
    public string Path => path;
    public MpiFileMode Mode => mode;

    /// <summary>Where the first layout begins, in bytes.</summary>
    public long Displacement { get; set; }

    /// <summary>What positions count.</summary>
    public required EmbeddedType Element { get; set; }

    /// <summary>Which bytes this rank sees, again and again.</summary>
    public required EmbeddedType Layout { get; set; }

    public bool IsAtomic { get; set; }

    /// <summary>The shared position, in elements.</summary>
    public long* SharedPosition => (long*)block.Start;

    /// <summary>1 while a rank reads or writes atomically.</summary>
    public int* Mutex => (int*)(block.Start + 64);

    public long Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
        set
        {
            lock (_gate)
            {
                _position = value;
            }
        }
    }

    /// <summary>Takes so many elements at this rank's position, which moves on.</summary>
    public long Take(long elements)
    {
        lock (_gate)
        {
            var at = _position;
            _position += elements;
            return at;
        }
    }

    /// <summary>The pieces of the file where so many bytes of the view lie, from a byte of the view on.</summary>
    public IEnumerable<(long Offset, long Length)> Pieces(long at, long bytes)
    {
        if (Layout.IsContiguous)
        {
            yield return (Displacement + at, bytes);
            yield break;
        }
        var (tile, skip) = Math.DivRem(at, Layout.Size);
        for (; bytes > 0; tile++)
        {
            foreach (var (offset, length) in Layout.Blocks.ToArray())
            {
                if (skip >= length)
                {
                    skip -= length;
                    continue;
                }
                var step = Math.Min(length - skip, bytes);
                if (step > 0)
                {
                    yield return (Displacement + (tile * Layout.Extent) + offset + skip, step);
                }
                (skip, bytes) = (0, bytes - step);
            }
        }
    }

    /// <summary>How many whole elements of the view lie before the end of the file.</summary>
    public long ElementsToEnd()
    {
        var bytes = RandomAccess.GetLength(handle) - Displacement;
        if (bytes <= 0)
        {
            return 0;
        }
        if (Layout.IsContiguous)
        {
            return bytes / Element.Size;
        }
        var (tiles, rest) = Math.DivRem(bytes, Layout.Extent);
        var seen = tiles * Layout.Size;
        foreach (var (offset, length) in Layout.Blocks)
        {
            seen += Math.Clamp(rest - offset, 0, length);
        }
        return seen / Element.Size;
    }

    public void Dispose()
    {
        handle.Dispose();
        block.Dispose();
    }
}
