using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>What a record in a ring is.</summary>
internal enum RecordKind
{
    /// <summary>The unused end of the ring.</summary>
    Skip,
    /// <summary>A message with its data.</summary>
    Eager,
    /// <summary>A message whose data stays with the sender until it is matched: length and address follow.</summary>
    Offer,
    /// <summary>The receiver has all of the offered message.</summary>
    Finished,
    /// <summary>The receiver cannot read the sender's memory and asks for the data to be sent; its operation follows.</summary>
    Request,
    /// <summary>A piece of a requested message.</summary>
    Piece,
}

/// <summary>The head of a record; the data follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct Record
{
    public const int Bytes = 32;

    /// <summary>Bytes up to the next record, a multiple of <see cref="Bytes"/>.</summary>
    public int Span;
    public RecordKind Kind;
    public int Context;
    public int Tag;

    /// <summary>The sender's rank in the communicator.</summary>
    public int Source;
    public int DataBytes;

    /// <summary>The sender's operation; in a piece or an answer, the one it is for.</summary>
    public long Operation;
}

/// <summary>
/// A queue of records from one process to another, in shared memory. One writer, one reader: the tail belongs to the writer and the head to
/// the reader, each
/// on a cache line of its own; a record becomes visible with the store of the tail behind it.
/// </summary>
internal readonly unsafe struct Ring(byte* start, int capacity)
{
    public const int HeaderBytes = 256;

    private long* Head => (long*)start;
    private long* Tail => (long*)(start + 128);
    private byte* Data => start + HeaderBytes;

    /// <summary>The longest data of a record: a quarter of the ring, so that several are under way at once.</summary>
    public int DataBytesMax => (capacity / 4) - Record.Bytes;

    /// <summary>Writes a record of two parts; false when there is no room for it now.</summary>
    public bool TryWrite(in Record record, void* data, int dataBytes)
    {
        Debug.Assert(dataBytes <= DataBytesMax, "Longer messages are offered.");
        var span = (Record.Bytes + dataBytes + Record.Bytes - 1) & -Record.Bytes;
        var tail = *Tail;
        var at = (int)(tail & (capacity - 1));
        var toEnd = capacity - at;
        var needed = span <= toEnd ? span : toEnd + span;
        if (tail + needed - Volatile.Read(ref *Head) > capacity)
        {
            return false;
        }
        if (span > toEnd)
        {
            ((Record*)(Data + at))->Span = toEnd;
            ((Record*)(Data + at))->Kind = RecordKind.Skip;
            tail += toEnd;
            at = 0;
        }
        var target = (Record*)(Data + at);
        *target = record;
        target->Span = span;
        target->DataBytes = dataBytes;
        Buffer.MemoryCopy(data, target + 1, dataBytes, dataBytes);
        Volatile.Write(ref *Tail, tail + span);
        return true;
    }

    /// <summary>Whether nothing is in it; any thread may ask.</summary>
    public bool IsEmpty => Volatile.Read(ref *Head) == Volatile.Read(ref *Tail);

    /// <summary>The next record, or null. It stays in the ring until <see cref="Advance"/>.</summary>
    public Record* Peek()
    {
        var head = *Head;
        while (head != Volatile.Read(ref *Tail))
        {
            var record = (Record*)(Data + (head & (capacity - 1)));
            if (record->Kind != RecordKind.Skip)
            {
                return record;
            }
            head += record->Span;
            Volatile.Write(ref *Head, head);
        }
        return null;
    }

    public void Advance(Record* record) => Volatile.Write(ref *Head, *Head + record->Span);
}
