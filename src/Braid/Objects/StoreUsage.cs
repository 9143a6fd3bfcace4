using System.IO.MemoryMappedFiles;

namespace Braid.Objects;

/// <summary>
/// The session's counters of bytes, shared by its processes through a small mapped file, so that every write knows the budget's
/// state at once and without asking the driver. All changes are atomic additions; a reservation is made before the bytes are written.
/// <code>
/// 0 memory budget  8 memory in use (recycled included)  16 recycled  24 recycled at most  32 disk budget  40 disk in use
/// 64 + 16 * creator: bytes that this process is writing to memory now, and to disk
/// </code>
/// </summary>
/// <remarks>
/// What a process was writing when it died would count for ever; its own line says how much that is, and
/// <see cref="Forget"/> takes it back. There is no Dispose: whoever still counts as a session ends, a finalizer or a task that has not noticed, must
/// find the page; it goes when the last of them has gone. The pages are written, not only sized, when made: a full file system cannot fault later.
/// </remarks>
internal sealed unsafe class StoreUsage
{
    public const string FileName = "usage";
    private const int LinesOffset = 64;
    private const int LineSize = 16;
    private const long FileSize = LinesOffset + (SegmentId.CreatorMax + 1L) * LineSize;

    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _creator;

    private StoreUsage(FileStream stream, int creator)
    {
        _creator = creator;
        // The view needs no descriptor, and lives for longer than the session.
        using var file = MemoryMappedFile.CreateFromFile(stream, null, FileSize, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    ~StoreUsage() => _view.SafeMemoryMappedViewHandle.ReleasePointer();

    public long MemoryBudget => Read(0);

    public long MemoryBytes => Read(8);

    public long RecycledBytes => Read(16);

    public long RecycledMax => Read(24);

    public long DiskBudget => Read(32);

    public long DiskBytes => Read(40);

    public static StoreUsage Create(string directory, long memoryBudget, long recycledMax, long diskBudget)
    {
        var stream = OpenFile(directory, FileMode.CreateNew, creator: 0);
        var usage = new StoreUsage(stream, creator: 0);
        usage.Exchange(0, memoryBudget);
        usage.Exchange(24, recycledMax);
        usage.Exchange(32, diskBudget);
        return usage;
    }

    public static StoreUsage Open(string directory, int creator) => new(OpenFile(directory, FileMode.Open, creator), creator);

    /// <summary>Takes room for bytes that are about to be written; false when the budget has none.</summary>
    public bool TryReserve(bool onDisk, long bytes)
    {
        var total = onDisk ? 40 : 8;
        if (Add(total, bytes) > (onDisk ? DiskBudget : MemoryBudget))
        {
            Add(total, -bytes);
            return false;
        }

        Add(Writing(_creator, onDisk), bytes);
        return true;
    }

    /// <summary>The reserved bytes are written.</summary>
    public void Commit(bool onDisk, long bytes) => Add(Writing(_creator, onDisk), -bytes);

    /// <summary>The reserved bytes were not written after all.</summary>
    public void Cancel(bool onDisk, long bytes)
    {
        Commit(onDisk, bytes);
        Free(onDisk, bytes);
    }

    /// <summary>Written bytes are gone.</summary>
    public void Free(bool onDisk, long bytes) => Add(onDisk ? 40 : 8, -bytes);

    /// <summary>Bytes in use become bytes kept to be written again; false when there are enough of those.</summary>
    public bool TryRecycle(long bytes)
    {
        if (Add(16, bytes) <= RecycledMax)
            return true;

        Add(16, -bytes);
        return false;
    }

    /// <summary>Recycled bytes are in use again, or gone (then <see cref="Free"/> is called too).</summary>
    public void TakeRecycled(long bytes) => Add(16, -bytes);

    /// <summary>Written bytes are about to be written over by this process.</summary>
    public void Reopen(long bytes) => Add(Writing(_creator, onDisk: false), bytes);

    /// <summary>Takes back what a process that has died had reserved and not finished.</summary>
    public void Forget(int creator)
    {
        Free(onDisk: false, Exchange(Writing(creator, onDisk: false), 0));
        Free(onDisk: true, Exchange(Writing(creator, onDisk: true), 0));
    }

    private static FileStream OpenFile(string directory, FileMode mode, int creator)
    {
        var path = Path.Combine(directory, FileName);
        var stream = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        try
        {
            RandomAccess.Write(stream.SafeFileHandle, new byte[LineSize], LinesOffset + (long)creator * LineSize);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    // While one of these runs the object is in use, and its finalizer must not take the page away.
    private long Read(int offset)
    {
        var value = Volatile.Read(ref *(long*)(_start + offset));
        GC.KeepAlive(this);
        return value;
    }

    private long Add(int offset, long bytes)
    {
        var value = Interlocked.Add(ref *(long*)(_start + offset), bytes);
        GC.KeepAlive(this);
        return value;
    }

    private long Exchange(int offset, long value)
    {
        var old = Interlocked.Exchange(ref *(long*)(_start + offset), value);
        GC.KeepAlive(this);
        return old;
    }

    private static int Writing(int creator, bool onDisk) => LinesOffset + creator * LineSize + (onDisk ? 8 : 0);
}
