using Braid.Serialization;

namespace Braid.Objects;

/// <summary>
/// Takes the large buffers of one value as it is serialized and writes them to segments. After the value is written, <see cref="Complete"/>
/// says where they are; disposing without it, after a serialization that failed, removes them.
/// </summary>
internal sealed unsafe class SegmentExporter(SegmentStore store) : BufferExporter, IDisposable
{
    private static readonly BufferRef[] None = [];

    /// <summary>Most values have no large buffer: then there is no writer, no list and no file.</summary>
    private SegmentWriter? _writer;

    private List<BufferRef>? _buffers;

    public override int Export(ref byte start, long length)
    {
        _writer ??= store.BeginValue();
        _buffers ??= [];
        fixed (byte* pointer = &start)
            _buffers.Add(_writer.Append(pointer, length));
        return _buffers.Count - 1;
    }

    /// <summary>The buffers in the order of their indexes. The segments are the store's from now on, and the exporter can take the next value.</summary>
    public IReadOnlyList<BufferRef> Complete()
    {
        if (_buffers is null)
            return None;

        _writer!.Complete();
        var buffers = _buffers;
        _writer = null;
        _buffers = null;
        return buffers;
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
        _buffers = null;
    }
}
