namespace Braid.Objects;

/// <summary>Where the bytes of one buffer lie: a range of a segment.</summary>
internal readonly record struct BufferRef(SegmentId Segment, long Offset, long Length);
