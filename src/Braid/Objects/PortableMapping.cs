using System.IO.MemoryMappedFiles;
using Braid.Serialization;

namespace Braid.Objects;

/// <summary>A range of a file in memory, where there is no mmap: through .NET's own mapping, which keeps itself until it is collected.</summary>
internal sealed unsafe class PortableMapping : MappedBuffer
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _pointer;

    public PortableMapping(OpenSegment segment, long offset, long length)
    {
        using var file = MemoryMappedFile.CreateFromFile(
            segment.File, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = file.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _pointer = start + _view.PointerOffset;
        Length = length;
    }

    ~PortableMapping() => _view.SafeMemoryMappedViewHandle.ReleasePointer();

    public override byte* Pointer => _pointer;

    public override long Length { get; }
}
