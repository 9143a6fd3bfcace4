using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// Moves bytes between memory and segment files at the speed of the machine. Each way was chosen by figures: see
/// docs/design/objects.md and bench/Braid.SharedMemory.
/// </summary>
internal static unsafe class BulkCopy
{
    /// <summary>Below this a helper thread costs more than it brings.</summary>
    public const int ParallelMin = 8 << 20;

    /// <summary>From this size on the destination is asked to be backed by pages of 2 MiB: fewer than two would fit into less.</summary>
    public const int HugePagesMin = 4 << 20;

    private const int HugePage = 2 << 20;

    /// <summary>Large enough that the call does not count, small enough that two threads end together.</summary>
    private const int Chunk = HugePage;

    /// <summary>
    /// Writes by pwrite, never through a mapping: a full file system is then an exception and not a signal that kills the process.
    /// One thread, because the kernel lets one thread at a time write to a file; and so over recycled pages too, where a mapping
    /// would be safe: entering its pages costs more than it saves.
    /// </summary>
    public static void Write(SafeFileHandle file, long offset, byte* source, long length)
    {
        for (long done = 0; done < length;)
        {
            var part = (int)Math.Min(Chunk, length - done);
            RandomAccess.Write(file, new ReadOnlySpan<byte>(source + done, part), offset + done);
            done += part;
        }
    }

    /// <summary>Fills memory from a file. The caller keeps the memory pinned.</summary>
    public static void Read(SafeFileHandle file, long offset, byte* destination, long length)
    {
        if (length >= HugePagesMin && OperatingSystem.IsLinux())
            AdviseHugePages(destination, length);
        if (length >= ParallelMin)
            new ReadRun(file, offset, destination, length).RunAll();
        else
            ReadExactly(file, offset, destination, length);
    }

    /// <summary>
    /// Fresh pages dominate the cost of filling a large new array; of huge ones it needs 512 times fewer. Refusal is no error:
    /// it is advice.
    /// </summary>
    private static void AdviseHugePages(byte* start, long length)
    {
        var first = ((nint)start + HugePage - 1) & ~(nint)(HugePage - 1);
        var end = ((nint)start + (nint)length) & ~(nint)(HugePage - 1);
        if (end > first)
            _ = Libc.MemoryAdvise(first, (nuint)(end - first), Libc.AdviseHugePage);
    }

    private static void ReadExactly(SafeFileHandle file, long offset, byte* destination, long length)
    {
        for (long done = 0; done < length;)
        {
            var part = (int)Math.Min(Chunk, length - done);
            var read = RandomAccess.Read(file, new Span<byte>(destination + done, part), offset + done);
            if (read == 0)
                throw new SegmentUnavailableException($"A segment ended after {offset + done:N0} bytes while {offset + length:N0} were being read.");
            done += read;
        }
    }

    private sealed class ReadRun(SafeFileHandle file, long offset, byte* destination, long length) : ChunkRun
    {
        protected override int Chunks => (int)((length + Chunk - 1) / Chunk);

        protected override void Run(int chunk)
        {
            var start = (long)chunk * Chunk;
            ReadExactly(file, offset + start, destination + start, Math.Min(Chunk, length - start));
        }
    }
}
