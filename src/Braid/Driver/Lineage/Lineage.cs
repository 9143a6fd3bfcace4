namespace Braid.Driver.Lineage;

/// <summary>
/// The hold on an entry of the book: of the record whose value it can make again, and of the entries of values that were made from it. When
/// none of them can be reached any more the entry goes.
/// </summary>
internal sealed class Lineage(LineageBook book, LineageEntry entry, TaskRecord record)
{
    ~Lineage() => book.Remove(entry);

    public LineageEntry Entry => entry;

    /// <summary>The record that has the value now, or had it last. While the inbox is drained.</summary>
    public WeakReference<TaskRecord> Record { get; } = new(record);
}
