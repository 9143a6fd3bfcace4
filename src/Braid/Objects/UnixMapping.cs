using System.Diagnostics;
using System.Runtime.InteropServices;
using Braid.Serialization;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// A range of a file in memory by mmap(2). Pages come in as they are touched, sixteen at a time: measured, that is as fast as asking for
/// all at once, and a reader of a part pays for a part.
/// </summary>
internal sealed unsafe class UnixMapping : MappedBuffer, IDisposable
{
    /// <summary>Zero after unmapping; the page on which the mapping starts, at or before the buffer.</summary>
    private nint _start;

    private readonly nuint _mappedLength;
    private readonly OpenSegment? _lease;
    private readonly MappingPressure? _pressure;
    private readonly byte* _pointer;

    private UnixMapping(nint start, nuint mappedLength, int delta, long length, OpenSegment? lease, MappingPressure? pressure)
    {
        _start = start;
        _mappedLength = mappedLength;
        _pointer = (byte*)start + delta;
        _lease = lease;
        Length = length;
        _pressure = pressure;
        pressure?.Add(length);
    }

    ~UnixMapping() => Unmap();

    public override byte* Pointer => _pointer;

    public override long Length { get; }

    /// <summary>Maps a range that the caller knows to be in the file. The lease, if any, is held until the range is unmapped.</summary>
    public static UnixMapping Create(
        SafeFileHandle file, long offset, long length, OpenSegment? lease = null, MappingPressure? pressure = null)
    {
        Debug.Assert(length > 0);
        var delta = (int)(offset % Environment.SystemPageSize);
        var mappedLength = (nuint)(length + delta);
        var start = Libc.MemoryMap(0, mappedLength, Libc.ProtRead, Libc.MapShared, file, (nint)(offset - delta));
        if (start == Libc.MapFailed)
            throw new IOException($"Could not map {length:N0} bytes of a segment: {Marshal.GetLastPInvokeErrorMessage()}.");
        return new UnixMapping(start, mappedLength, delta, length, lease, pressure);
    }

    /// <summary>For a mapping that nobody else has seen; one that was handed out ends with its last reference.</summary>
    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private void Unmap()
    {
        var start = Interlocked.Exchange(ref _start, 0);
        if (start == 0)
            return;
        _ = Libc.MemoryUnmap(start, _mappedLength);
        _lease?.Dispose();
        _pressure?.Remove(Length);
    }
}
