using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// A segment opened for reading. One that may be recycled is held under a shared lock for as long as its bytes are needed, which is
/// what tells a writer that looks for used pages to look elsewhere.
/// </summary>
internal sealed class OpenSegment : IDisposable
{
    private readonly SegmentHeader _header;

    private OpenSegment(SafeFileHandle file, SegmentHeader header, bool onDisk)
    {
        File = file;
        _header = header;
        OnDisk = onDisk;
    }

    /// <summary>A copy of what was in memory, or born on disk.</summary>
    public bool OnDisk { get; }

    /// <summary>By which its file is known as long as it exists, whatever it holds.</summary>
    public SegmentId Origin => _header.Origin;

    public SafeFileHandle File { get; }

    public bool MayBeRecycled => _header.MayBeRecycled;

    public SegmentId Id => _header.Id;

    /// <summary>The bytes whose writing was finished; a crash in a later one leaves the file longer.</summary>
    public long WrittenBytes => _header.Length;

    /// <summary>Null when the file is not there, or is no longer the segment that was asked for.</summary>
    public static OpenSegment? TryOpen(string path, SegmentId id, bool onDisk = false)
    {
        if (!System.IO.File.Exists(path))
            return null;

        SafeFileHandle file;
        try
        {
            file = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null; // deleted since the look above
        }
        catch (IOException) when (!System.IO.File.Exists(path))
        {
            return null; // a writer has it locked: it was freed, and is being used again
        }

        var header = SegmentHeader.TryRead(file);

        // The lock first, then the look: once the lock is held the header cannot change any more.
        if (header is { MayBeRecycled: true })
            header = FileLease.TryShared(file) ? SegmentHeader.TryRead(file) : null;
        if (header is { } found && found.Id == id)
            return new OpenSegment(file, found, onDisk);

        file.Dispose();
        return null;
    }

    /// <summary>Mapping bytes that a file does not have would kill the process at the first touch, so this comes before.</summary>
    public void CheckHolds(BufferRef buffer)
    {
        var length = RandomAccess.GetLength(File);
        if (buffer.Offset < SegmentHeader.Size || buffer.Length < 0 || buffer.Offset > length - buffer.Length)
        {
            throw new SegmentUnavailableException(
                $"Segment {buffer.Segment} has {length:N0} bytes; {buffer.Length:N0} bytes at offset {buffer.Offset:N0} are not in it.");
        }
    }

    /// <summary>Ends the lock, and says whether the file can still be found by others: a mapping of it is worth keeping then.</summary>
    public bool ReleaseAndLook()
    {
        using (File)
        {
            FileLease.Release(File);
            return SegmentHeader.TryRead(File) is not { IsUnlinked: true } && RandomAccess.GetLength(File) >= RecycledSegments.BytesMin;
        }
    }

    public void Dispose() => File.Dispose();
}
