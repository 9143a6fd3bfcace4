using System.Diagnostics;
using System.Runtime.CompilerServices;
using Braid.Serialization;

namespace Braid.Objects;

/// <summary>
/// Large values of a session as files, in shared memory while there is room and on disk beyond it. Every process of the session opens the
/// same two directories; a segment is written once, by one process, and then only read, until it is deleted. What is said of a segment to
/// other processes is its <see cref="BufferRef"/>, and only after it is written.
/// </summary>
internal sealed unsafe class SegmentStore : IDisposable
{
    /// <summary>How far mapped bytes may grow before unreachable mappings are looked for; less where the whole budget is small.</summary>
    private const long MappedGrowthMax = 64 << 20;

    private readonly SessionDirectory? _ownedMemory;
    private readonly SessionDirectory? _ownedSpill;
    private readonly int _creator;
    private readonly MappingPressure _pressure;
    private readonly FileMappings _mappings;
    private ulong _count;

    private SegmentStore(string memoryDirectory, string spillDirectory, int creator, StoreUsage usage)
    {
        MemoryDirectory = memoryDirectory;
        SpillDirectory = spillDirectory;
        _creator = creator;
        Usage = usage;
        _pressure = new MappingPressure(Math.Min(MappedGrowthMax, usage.MemoryBudget / 8));
        Recycled = new RecycledSegments(Path.Combine(memoryDirectory, RecycledSegments.DirectoryName), usage);
        _mappings = new FileMappings(_pressure);
    }

    private SegmentStore(SessionDirectory memory, SessionDirectory spill, StoreUsage usage) : this(memory.Path, spill.Path, 0, usage)
    {
        _ownedMemory = memory;
        _ownedSpill = spill;
    }

    /// <summary>This session's own directory; a worker is told its path.</summary>
    public string MemoryDirectory { get; }

    public string SpillDirectory { get; }

    public StoreUsage Usage { get; }

    public RecycledSegments Recycled { get; }

    /// <summary>Bytes that this process has mapped and not yet collected.</summary>
    public long MappedBytes => _pressure.MappedBytes;

    /// <summary>The driver's: makes the session's directories.</summary>
    public static SegmentStore Create(ObjectStoreOptions options)
    {
        var memory = CreateMemory(options, out var spillPath);
        return Create(options, memory, spillPath);
    }

    /// <summary>The session's directory in memory alone, and where the one for spilling is to be, for <see cref="Create(ObjectStoreOptions, SessionDirectory, string)"/> to go on with.</summary>
    public static SessionDirectory CreateMemory(ObjectStoreOptions options, out string spillPath)
    {
        options.Validate();
        spillPath = SessionDirectory.NewPath(options.SpillDirectory ?? StoreDefaults.SpillDirectory);
        return SessionDirectory.Create(options.MemoryDirectory ?? StoreDefaults.MemoryDirectory);
    }

    /// <summary>Takes <paramref name="memory"/> over, whether it succeeds or not.</summary>
    public static SegmentStore Create(ObjectStoreOptions options, SessionDirectory memory, string spillPath)
    {
        SessionDirectory? spill = null;
        try
        {
            var memoryRoot = Path.GetDirectoryName(memory.Path)!;
            var spillRoot = Path.GetDirectoryName(spillPath)!;
            var memoryBudget = options.MemoryBudgetBytes ?? StoreDefaults.MemoryBudget(memoryRoot);
            var recycledMax = options.RecycledBytesMax ?? StoreDefaults.Recycled(memoryBudget);
            var spillBudget = options.SpillBudgetBytes ?? StoreDefaults.SpillBudget(spillRoot);

            spill = SessionDirectory.CreateAt(spillPath);
            SessionDirectory.CreatePrivate(Path.Combine(memory.Path, RecycledSegments.DirectoryName));
            var usage = StoreUsage.Create(memory.Path, memoryBudget, recycledMax, spillBudget);
            return new SegmentStore(memory, spill, usage);
        }
        catch
        {
            spill?.Dispose();
            memory.Dispose();
            throw;
        }
    }

    /// <summary>The driver's: clears away the directories of sessions that died.</summary>
    public void Sweep()
    {
        var memoryRoot = Path.GetDirectoryName(MemoryDirectory)!;
        var spillRoot = Path.GetDirectoryName(SpillDirectory)!;
        SessionDirectory.Sweep(memoryRoot);
        if (spillRoot != memoryRoot)
            SessionDirectory.Sweep(spillRoot);
    }

    /// <summary>A worker's: <paramref name="creator"/> is a number that no other process of the session has or had, from 1.</summary>
    public static SegmentStore Open(string memoryDirectory, string spillDirectory, int creator)
    {
        Debug.Assert(creator is > 0 and <= SegmentId.CreatorMax);
        return new SegmentStore(memoryDirectory, spillDirectory, creator, StoreUsage.Open(memoryDirectory, creator));
    }

    /// <summary>
    /// Removes the directories of a session whose driver has died; a living driver's are left alone. Called by each of its workers as
    /// they end, so it may find the work done. Waits up to a fifth of a second for the operating system to drop the driver's locks.
    /// </summary>
    public static void Destroy(string memoryDirectory, string spillDirectory)
    {
        var patience = TimeSpan.FromMilliseconds(200);
        SessionDirectory.TryDestroy(memoryDirectory, patience);
        SessionDirectory.TryDestroy(spillDirectory, patience);
    }

    /// <summary>Writes the buffers of one value together.</summary>
    public SegmentWriter BeginValue() => new(this);

    /// <summary>
    /// Writes one buffer as a segment of its own: to memory, or to disk where memory is full; <see cref="ObjectStoreFullException"/> where
    /// both are, with nothing left behind.
    /// </summary>
    public BufferRef Write(ref byte start, long length)
    {
        using var writer = new SegmentWriter(this);
        fixed (byte* pointer = &start)
        {
            var buffer = writer.Append(pointer, length);
            writer.Complete();
            return buffer;
        }
    }

    /// <summary>Copies a buffer out. <see cref="SegmentUnavailableException"/> when it is gone.</summary>
    public void Read(BufferRef buffer, ref byte destination)
    {
        try
        {
            using var segment = Find(buffer);
            fixed (byte* pointer = &destination)
                BulkCopy.Read(segment.File, buffer.Offset, pointer, buffer.Length);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Unavailable(buffer, e);
        }
    }

    /// <summary>Throws <see cref="SegmentUnavailableException"/> unless the bytes are there: before memory is taken for as many as are named.</summary>
    public void Check(BufferRef buffer)
    {
        try
        {
            Find(buffer).Dispose();
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Unavailable(buffer, e);
        }
    }

    /// <summary>
    /// Maps a buffer for reading, without a copy. It stays readable while the mapping is reachable, even when the segment is spilled or
    /// deleted meanwhile.
    /// </summary>
    public MappedBuffer Map(BufferRef buffer)
    {
        OpenSegment? segment;
        try
        {
            segment = Find(buffer);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Unavailable(buffer, e);
        }

        try
        {
            if (buffer.Length == 0)
                return EmptyMapping.Instance;
            if (OperatingSystem.IsWindows())
                return new PortableMapping(segment, buffer.Offset, buffer.Length);

            // Only in memory: what was spilled still has the header of the file that it is a copy of.
            if (!segment.MayBeRecycled || segment.OnDisk)
                return UnixMapping.Create(segment.File, buffer.Offset, buffer.Length, _pressure);

            var lease = segment;
            segment = null;
            return _mappings.Map(lease, buffer);
        }
        finally
        {
            segment?.Dispose();
        }
    }

    /// <summary>
    /// Gives back large mappings that nothing can reach any more, without waiting for a collection to come by: whoever writes next finds their pages.
    /// Cheap where nothing large was mapped since the last call.
    /// </summary>
    public void ReleaseUnreachable() => _mappings.ReleaseUnreachable();

    /// <summary>
    /// Frees a segment; one that is gone already is no error. The driver's call, once no process has a reference. Large segments of memory
    /// are kept to be written again, within the limit; unlinking what goes over it takes about 0.2 ms a megabyte.
    /// </summary>
    public void Delete(SegmentId id)
    {
        if (!id.BornOnDisk && TryDeleteMemory(id, recycle: true))
            return;

        var path = PathOf(id, onDisk: true);
        if (TryLength(path) is not { } bytes)
            return;
        File.Delete(path);
        Usage.Free(onDisk: true, bytes);
    }

    /// <summary>Frees a large segment where that takes no more than a rename; false when it is <see cref="Delete"/>'s.</summary>
    public bool TryRecycle(SegmentId id)
    {
        var path = PathOf(id, onDisk: false);
        return !id.BornOnDisk && TryLength(path) is { } bytes && Recycled.TryAdd(path, id, bytes);
    }

    /// <summary>
    /// Moves a segment from memory to disk. Its copy is complete under its name before the original goes, so a reader always finds one of
    /// the two. False when there was nothing to move; <see cref="ObjectStoreFullException"/> when disk has no room: it stays in memory then.
    /// </summary>
    public bool Spill(SegmentId id)
    {
        var target = PathOf(id, onDisk: true);
        using var segment = OpenSegment.TryOpen(PathOf(id, onDisk: false), id);
        if (segment is null)
            return false;

        var bytes = RandomAccess.GetLength(segment.File);
        if (!Usage.TryReserve(onDisk: true, bytes))
            throw Full(bytes);

        var unfinished = target + ".tmp";
        try
        {
            SpillCopy.Run(segment.File, unfinished, bytes);
            File.Move(unfinished, target);
        }
        catch (Exception e)
        {
            File.Delete(unfinished);
            Usage.Cancel(onDisk: true, bytes);
            if (IsFull(e))
                throw Full(bytes, e);
            throw;
        }

        Usage.Commit(onDisk: true, bytes);
        if (TryDeleteMemory(id, recycle: false))
            return true;

        // Deleted by its owner while it was being copied: then the copy is nobody's.
        File.Delete(target);
        Usage.Free(onDisk: true, bytes);
        return false;
    }

    /// <summary>
    /// After the loss of a worker: removes the segments that it made and that no result names, finished or not, and takes back the room
    /// that it had reserved.
    /// </summary>
    public void DeleteUnknown(int creator, Func<SegmentId, bool> isKnown)
    {
        foreach (var onDisk in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (var path in Directory.GetFiles(onDisk ? SpillDirectory : MemoryDirectory))
            {
                if (!SegmentId.TryParse(Path.GetFileName(path.AsSpan()), out var id) || id.Creator != creator || isKnown(id))
                    continue;

                // Only what a header vouches for was counted as written; the rest is in the reservation.
                using (var segment = OpenSegment.TryOpen(path, id))
                    Usage.Free(onDisk, segment?.WrittenBytes ?? 0);
                RecycledSegments.Unlink(path);
            }
        }

        Usage.Forget(creator);
    }

    /// <summary>The driver's removes both directories with all that is in them; mappings in use stay readable.</summary>
    public void Dispose()
    {
        _mappings.Dispose();
        _ownedMemory?.Dispose();
        _ownedSpill?.Dispose();
    }

    internal static bool IsFull(Exception e)
    {
        // ENOSPC, EDQUOT (Linux, macOS), ENOMEM (a memory group's limit); ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.
        const int NoSpace = 28, QuotaLinux = 122, QuotaMac = 69, NoMemory = 12;
        const int DiskFull = unchecked((int)0x80070070), HandleDiskFull = unchecked((int)0x80070027);
        return e is IOException && e.HResult is NoSpace or QuotaLinux or QuotaMac or NoMemory or DiskFull or HandleDiskFull;
    }

    /// <summary>
    /// Whether a read failed because the bytes are not to be had any more: a file that is gone, cut off or forbidden, a disk with an error.
    /// A process that is out of handles or memory is another matter: the bytes are there.
    /// </summary>
    private static bool IsLoss(Exception e)
    {
        const int NoMemory = 12, HandlesOfSystem = 23, HandlesOfProcess = 24;
        return e is SegmentUnavailableException or UnauthorizedAccessException
            || (e is IOException && e.HResult is not (NoMemory or HandlesOfSystem or HandlesOfProcess));
    }

    private static SegmentUnavailableException Unavailable(BufferRef buffer, Exception cause) =>
        new(cause.Message, cause) { Segment = buffer.Segment };

    internal SegmentId NewId(bool onDisk) => SegmentId.Create(_creator, Interlocked.Increment(ref _count), onDisk);

    internal string PathOf(SegmentId id, bool onDisk) => Path.Combine(onDisk ? SpillDirectory : MemoryDirectory, id.FileName);

    internal ObjectStoreFullException Full(long bytes, Exception? cause = null) => new(
        $"A value of {bytes:N0} bytes found no room. "
        + $"Shared memory '{MemoryDirectory}': {Usage.MemoryBytes:N0} of a budget of {Usage.MemoryBudget:N0} bytes in use, "
        + $"{StoreDefaults.FreeBytes(MemoryDirectory):N0} bytes free in its file system. "
        + $"Spill directory '{SpillDirectory}': {Usage.DiskBytes:N0} of a budget of {Usage.DiskBudget:N0} bytes in use, "
        + $"{StoreDefaults.FreeBytes(SpillDirectory):N0} bytes free in its file system. "
        + $"Release references that are no longer needed, or set {nameof(ObjectStoreOptions)} to larger budgets or other directories.",
        cause)
    { RequestedBytes = bytes };

    private static long? TryLength(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : null;
    }

    private OpenSegment Find(BufferRef buffer)
    {
        var id = buffer.Segment;
        var segment = (id.BornOnDisk ? null : OpenSegment.TryOpen(PathOf(id, onDisk: false), id))
            ?? OpenSegment.TryOpen(PathOf(id, onDisk: true), id, onDisk: true)
            ?? throw new SegmentUnavailableException($"Segment {id} is neither in '{MemoryDirectory}' nor in '{SpillDirectory}'.");
        try
        {
            segment.CheckHolds(buffer);
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    private bool TryDeleteMemory(SegmentId id, bool recycle)
    {
        var path = PathOf(id, onDisk: false);
        if (TryLength(path) is not { } bytes)
            return false;
        if (recycle && Recycled.TryAdd(path, id, bytes))
            return true;

        if (bytes < RecycledSegments.BytesMin)
            File.Delete(path);
        else
            RecycledSegments.Unlink(path);
        Usage.Free(onDisk: false, bytes);
        return true;
    }
}
