namespace Braid.Objects;

/// <summary>
/// One large value that the driver answers for: its segments and where they are. Kept by whoever owns the value (a task's record, a Put)
/// and changed only by the ledger.
/// </summary>
internal sealed class StoredValue(IReadOnlyList<StoredSegment> segments)
{
    public IReadOnlyList<StoredSegment> Segments { get; } = segments;

    public StoredState State { get; internal set; }

    /// <summary>The bytes of its segments that are in shared memory now, or still are while they are being spilled.</summary>
    public long BytesInMemory { get; internal set; }

    public long BytesOnDisk { get; internal set; }

    /// <summary>Set by a release while the value is being spilled: it is deleted when that ends.</summary>
    internal bool ReleaseWaits { get; set; }

    /// <summary>Its neighbours in the order of age, among values that could be spilled.</summary>
    internal StoredValue? Older { get; set; }

    internal StoredValue? Younger { get; set; }

    internal bool IsListed { get; set; }
}

/// <summary>One segment of a value and the length of its file.</summary>
internal readonly record struct StoredSegment(SegmentId Id, long Bytes);

/// <summary>Where the bytes of a value are.</summary>
internal enum StoredState : byte
{
    /// <summary>The ledger does not have it yet.</summary>
    New,

    /// <summary>In shared memory, wholly or but for segments that were born on disk.</summary>
    InMemory,

    /// <summary>A spill command is out; the bytes are in memory until it is answered.</summary>
    Spilling,

    /// <summary>All on disk.</summary>
    OnDisk,

    /// <summary>Given up; its delete command is out.</summary>
    Released,
}
