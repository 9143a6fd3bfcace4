using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// Writes the buffers of one value, one after the other, into one segment of shared memory; into a second one on disk from the buffer on
/// that memory has no room for. Until <see cref="Complete"/> nothing is kept: disposing removes what was written.
/// </summary>
internal sealed unsafe class SegmentWriter(SegmentStore store) : IDisposable
{
    private const int Alignment = 64;

    private readonly List<SegmentId> _segments = [];

    /// <summary>The open segment, the last of the list, or null.</summary>
    private SafeFileHandle? _file;

    /// <summary>The length of the open segment up to the end of its last buffer; these bytes are reserved and written.</summary>
    private long _end;

    /// <summary>Bytes that the open file has from its life before, to be written over. Already reserved.</summary>
    private long _recycledEnd;

    /// <summary>The id of the first segment that the open file held.</summary>
    private SegmentId _origin;

    private bool _onDisk;
    private bool _completed;

    /// <summary>The segments made so far.</summary>
    public IReadOnlyList<SegmentId> Segments => _segments;

    /// <summary>Writes one buffer. The caller keeps it pinned, or it does not move.</summary>
    public BufferRef Append(byte* start, long length)
    {
        Debug.Assert(!_completed && length >= 0);
        if (!_onDisk)
        {
            if (TryAppend(start, length) is { } inMemory)
                return inMemory;
            CloseSegment();
            _onDisk = true;
        }

        return TryAppend(start, length) ?? throw store.Full(length);
    }

    /// <summary>From here on the segments belong to the store, until they are deleted by name.</summary>
    public IReadOnlyList<SegmentId> Complete()
    {
        CloseSegment();
        _completed = true;
        return _segments;
    }

    public void Dispose()
    {
        if (_completed)
            return;
        CloseSegment();
        foreach (var segment in _segments)
            store.Delete(segment);
        _segments.Clear();
        _completed = true;
    }

    private BufferRef? TryAppend(byte* start, long length)
    {
        var isNew = _file is null;
        if (isNew && !TryOpenSegment(length))
            return null;

        var offset = isNew ? SegmentHeader.Size : (_end + Alignment - 1) / Alignment * Alignment;
        var end = offset + length;
        var reserved = end - Math.Max(_end, _recycledEnd);
        if (!TryReserve(reserved))
        {
            Abandon(isNew);
            return null;
        }

        try
        {
            BulkCopy.Write(_file!, offset, start, length);
            new SegmentHeader(_segments[^1], end, _origin, !_onDisk && RecycledSegments.Supported && end >= RecycledSegments.BytesMin).WriteTo(_file!);
        }
        catch (Exception e)
        {
            store.Usage.Cancel(_onDisk, reserved);
            Abandon(isNew);
            if (SegmentStore.IsFull(e))
                return null;
            throw;
        }

        store.Usage.Commit(_onDisk, reserved + _recycledEnd);
        _recycledEnd = 0;
        _end = end;
        return new BufferRef(_segments[^1], offset, length);
    }

    private bool TryOpenSegment(long length)
    {
        var id = store.NewId(_onDisk);
        var path = store.PathOf(id, _onDisk);
        _end = 0;
        _recycledEnd = 0;
        _origin = id;
        if (!_onDisk && store.Recycled.TryTake(path, SegmentHeader.Size + length) is var (file, bytes, origin))
        {
            _file = file;
            _recycledEnd = bytes;
            _origin = origin;
        }
        else
        {
            try
            {
                _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (IOException e) when (SegmentStore.IsFull(e))
            {
                return false;
            }
        }

        _segments.Add(id);
        return true;
    }

    private bool TryReserve(long bytes) =>
        bytes <= 0
        || store.Usage.TryReserve(_onDisk, bytes)
        || (!_onDisk && store.Recycled.Trim(bytes) && store.Usage.TryReserve(_onDisk, bytes));

    /// <summary>Leaves the open segment as it was before the buffer that failed; one that holds nothing else is removed.</summary>
    private void Abandon(bool isNew)
    {
        if (!isNew)
        {
            RandomAccess.SetLength(_file!, _end);
            return;
        }

        store.Usage.Cancel(_onDisk, _recycledEnd);
        CloseSegment();
        RecycledSegments.Unlink(store.PathOf(_segments[^1], _onDisk));
        _segments.RemoveAt(_segments.Count - 1);
    }

    private void CloseSegment()
    {
        _file?.Dispose();
        _file = null;
    }
}
