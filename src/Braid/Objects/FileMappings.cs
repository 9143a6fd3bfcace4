using System.Diagnostics;

namespace Braid.Objects;

/// <summary>
/// The mappings of files that may be recycled, one a file however many buffers of it are in use. When the last of these has gone, the file can be
/// written again, and its mapping is kept: the next value in the same file is read through page tables that are filled already, which on some
/// machines saves twenty times what the reading costs.
/// </summary>
/// <remarks>
/// A kept mapping takes no memory of its own. Nobody touches it before the file was opened by name again, is held under a lock and was found long
/// enough, so it does no harm that the file may be cut off or written over meanwhile; and a file that is unlinked is emptied by whoever does that
/// (<see cref="RecycledSegments.Unlink"/>) or, while it is read, let go by its last reader.
/// </remarks>
internal sealed class FileMappings(MappingPressure pressure) : IDisposable
{
    /// <summary>A process works on few large values at a time; the oldest mapping goes first.</summary>
    private const int KeptMax = 8;

    /// <summary>After so many bytes were mapped it is worth a young collection, a fraction of a millisecond, to find what can go.</summary>
    private const long LookBytes = 16 << 20;

    /// <summary>What a task mapped is in the youngest two generations when it ends, unless it has allocated much.</summary>
    private const int YoungGeneration = 1;

    private const int UsesMin = 64;

    private readonly Lock _gate = new();

    /// <summary>Guarded by the gate.</summary>
    private readonly Dictionary<SegmentId, FileMapping> _inUse = [];

    /// <summary>Read by nobody, the oldest first. Guarded by the gate.</summary>
    private readonly List<FileMapping> _kept = [];

    /// <summary>Who uses what: weak, so that it can be seen from outside what the collector has found. Guarded by the gate.</summary>
    private readonly List<(WeakReference<UnixMapping> Mapping, Use Use)> _uses = [];

    /// <summary>From so many on it is looked which of them have ended. Guarded by the gate.</summary>
    private int _usesMax = UsesMin;

    /// <summary>Bytes mapped since the last look. Guarded by the gate.</summary>
    private long _mappedSince;

    /// <summary>Guarded by the gate.</summary>
    private bool _disposed;

    /// <summary>Maps a buffer that the caller knows to be in the file; takes over the open segment, and with it the lock.</summary>
    public UnixMapping Map(OpenSegment segment, BufferRef buffer)
    {
        lock (_gate)
        {
            var file = Take(segment, buffer);
            file.Users++;
            var use = new Use(this, file);
            var mapping = new UnixMapping(file.Start, buffer.Offset, buffer.Length, use, pressure);
            _uses.Add((new WeakReference<UnixMapping>(mapping), use));
            if (_uses.Count > _usesMax)
                ForgetEnded();
            _mappedSince += buffer.Length;
            return mapping;
        }
    }

    /// <summary>Ends the uses that a young collection finds unreachable, when enough was mapped since the last time.</summary>
    public void ReleaseUnreachable()
    {
        if (Volatile.Read(ref _mappedSince) < LookBytes)
            return;
        lock (_gate)
            _mappedSince = 0;
        GC.Collect(YoungGeneration, GCCollectionMode.Forced, blocking: true);
        lock (_gate)
        {
            foreach (var (mapping, use) in _uses)
            {
                if (!mapping.TryGetTarget(out _))
                    use.End();
            }

            ForgetEnded();
        }
    }

    /// <summary>From here on nothing is kept; what is in use stays readable.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var file in _kept)
                file.Unmap();
            _kept.Clear();
        }
    }

    private void ForgetEnded()
    {
        _uses.RemoveAll(static pair => pair.Use.Ended);
        _usesMax = Math.Max(UsesMin, 2 * _uses.Count);
    }

    private FileMapping Take(OpenSegment segment, BufferRef buffer)
    {
        var end = buffer.Offset + buffer.Length;
        if (_inUse.TryGetValue(segment.Origin, out var file) && file.Bytes >= end)
        {
            Debug.Assert(file.Segment!.Id == segment.Id, "A file is locked while it is read, so it holds what it held.");
            segment.Dispose();
            return file;
        }

        var index = _kept.FindIndex(kept => kept.Origin == segment.Origin && kept.Bytes >= end);
        if (index >= 0)
        {
            file = _kept[index];
            _kept.RemoveAt(index);
        }
        else
        {
            try
            {
                file = FileMapping.Create(segment);
            }
            catch
            {
                segment.Dispose();
                throw;
            }
        }

        file.Segment = segment;
        _inUse[segment.Origin] = file;
        return file;
    }

    private void Release(FileMapping file)
    {
        lock (_gate)
        {
            if (--file.Users > 0)
                return;
            if (_inUse.GetValueOrDefault(file.Origin) == file)
                _inUse.Remove(file.Origin);
            var segment = file.Segment!;
            file.Segment = null;
            if (!segment.ReleaseAndLook() || _disposed)
            {
                file.Unmap();
                return;
            }

            // One that is longer may have come beside it, when the segment had grown: what is kept is the newer.
            var older = _kept.FindIndex(kept => kept.Origin == file.Origin);
            if (older < 0 && _kept.Count == KeptMax)
                older = 0;
            if (older >= 0)
            {
                _kept[older].Unmap();
                _kept.RemoveAt(older);
            }

            _kept.Add(file);
        }
    }

    /// <summary>One buffer's part in a mapping; ended by the finalizer of the buffer, or by a look that was faster.</summary>
    private sealed class Use(FileMappings owner, FileMapping file) : IDisposable
    {
        private int _ended;

        public bool Ended => Volatile.Read(ref _ended) != 0;

        public void End()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                owner.Release(file);
        }

        void IDisposable.Dispose() => End();
    }

    /// <summary>A whole file, mapped for reading.</summary>
    private sealed class FileMapping(SegmentId origin, nint start, long bytes)
    {
        public SegmentId Origin { get; } = origin;

        public nint Start { get; } = start;

        public long Bytes { get; } = bytes;

        /// <summary>What the file holds, and the lock on it; null while it is only kept.</summary>
        public OpenSegment? Segment { get; set; }

        public int Users { get; set; }

        public static FileMapping Create(OpenSegment segment)
        {
            var bytes = RandomAccess.GetLength(segment.File);
            return new FileMapping(segment.Origin, UnixMapping.MapRange(segment.File, 0, bytes), bytes);
        }

        public void Unmap() => UnixMapping.UnmapRange(Start, Bytes);
    }
}
