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
    private readonly byte* _pointer;
    private readonly MappingPressure? _pressure;

    /// <summary>Ends this use of the range. Null once it has.</summary>
    private IDisposable? _use;

    /// <summary>The range that starts <paramref name="offset"/> bytes after <paramref name="start"/>, mapped until the use of it ends.</summary>
    public UnixMapping(nint start, long offset, long length, IDisposable use, MappingPressure? pressure)
    {
        _pointer = (byte*)start + offset;
        _use = use;
        Length = length;
        _pressure = pressure;
        pressure?.Add(length);
    }

    ~UnixMapping() => End();

    public override byte* Pointer => _pointer;

    public override long Length { get; }

    /// <summary>Maps a range that the caller knows to be in the file.</summary>
    public static UnixMapping Create(SafeFileHandle file, long offset, long length, MappingPressure? pressure = null)
    {
        Debug.Assert(length > 0);
        var delta = offset % Environment.SystemPageSize;
        var start = MapRange(file, offset - delta, length + delta);
        return new UnixMapping(start, delta, length, new Range(start, length + delta), pressure);
    }

    /// <summary>Maps whole pages, and returns where.</summary>
    public static nint MapRange(SafeFileHandle file, long offset, long length)
    {
        var start = Libc.MemoryMap(0, (nuint)length, Libc.ProtRead, Libc.MapShared, file, (nint)offset);
        return start != Libc.MapFailed
            ? start
            : throw new IOException($"Could not map {length:N0} bytes of a segment: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    public static void UnmapRange(nint start, long length) => _ = Libc.MemoryUnmap(start, (nuint)length);

    /// <summary>For a mapping that nobody else has seen; one that was handed out ends with its last reference.</summary>
    public void Dispose()
    {
        End();
        GC.SuppressFinalize(this);
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _use, null) is not { } use)
            return;
        use.Dispose();
        _pressure?.Remove(Length);
    }

    private sealed class Range(nint start, long length) : IDisposable
    {
        public void Dispose() => UnmapRange(start, length);
    }
}
