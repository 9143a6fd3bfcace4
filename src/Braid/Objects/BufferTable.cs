using System.Runtime.InteropServices;

namespace Braid.Objects;

/// <summary>From the buffers of a value, as they travel, to the segments that the ledger keeps.</summary>
internal static class BufferTable
{
    /// <summary>
    /// The segments of a value's buffers, which lie in order of their offsets: a segment's file ends with its last buffer, so its length is
    /// known without asking the file system.
    /// </summary>
    public static StoredSegment[] SegmentsOf(ReadOnlySpan<BufferRef> buffers)
    {
        var segments = new List<StoredSegment>(1);
        foreach (var buffer in buffers)
        {
            var segment = new StoredSegment(buffer.Segment, buffer.Offset + buffer.Length);
            if (segments.Count > 0 && segments[^1].Id == segment.Id)
                CollectionsMarshal.AsSpan(segments)[^1] = segment;
            else
                segments.Add(segment);
        }

        return [.. segments];
    }
}
