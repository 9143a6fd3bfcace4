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
    /// <summary>A message whose data stays with the sender until it is matched: length, address and claim follow.</summary>
    Offer,
    /// <summary>The receiver has begun to copy the offered message and asks the sender to copy with it: its operation, address and
    /// length follow.</summary>
    Share,
    /// <summary>The sender copied so many bytes of a shared message.</summary>
    Copied,
    /// <summary>The receiver has all of the offered message.</summary>
    Finished,
    /// <summary>The receiver cannot read the sender's memory and asks for a part of the message: its operation, offset and length
    /// follow.</summary>
    Request,
    /// <summary>A piece of a part that cannot be copied directly.</summary>
    Piece,
}

/// <summary>The head of a record; the data follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct Record
{
    public const int Bytes = 32;

    /// <summary>Bytes up to the next record, whole cache lines; 0 where none is yet.</summary>
    [FieldOffset(0)]
    public int Span;
    [FieldOffset(4)]
    public RecordKind Kind;
    [FieldOffset(8)]
    public int Context;
    [FieldOffset(12)]
    public int Tag;

    /// <summary>Of a piece, which needs neither context nor tag: where in the message it belongs.</summary>
    [FieldOffset(8)]
    public long Offset;

    /// <summary>The sender's rank in the communicator.</summary>
    [FieldOffset(16)]
    public int Source;
    [FieldOffset(20)]
    public int DataBytes;

    /// <summary>The sender's operation; in a piece or an answer, the one it is for.</summary>
    [FieldOffset(24)]
    public long Operation;
}

/// <summary>
/// A queue of records from one process to another, in shared memory. One writer, one reader. A record is there when its span is: the reader
/// looks at the line that it is about to read anyway, and a short message crosses from core to core in that one line (0.41 µs one way, 0.52
/// with a shared tail beside the data). The span behind the last record is zero before that becomes visible. The reader tells how far it is
/// once in a quarter of the ring.
/// </summary>
internal readonly unsafe struct Ring(byte* start, int capacity)
{
    public const int HeaderBytes = 128;
    public const int LineBytes = 64;

    public int Capacity => capacity;

    /// <summary>The bytes read so far, as far as the reader told; the writer may go a capacity beyond.</summary>
    public long* Head => (long*)start;

    public Record* At(long position) => (Record*)(start + HeaderBytes + (position & (capacity - 1)));

    /// <summary>The longest data of a record: a quarter of the ring, so that several are under way at once.</summary>
    public int DataBytesMax => (capacity / 4) - Record.Bytes;
}

/// <summary>The writer's end of a ring; one thread at a time.</summary>
internal sealed unsafe class RingWriter(Ring ring)
{
    private long _tail;

    /// <summary>What the ring's head was when last looked at.</summary>
    private long _head;

    /// <summary>Where the lines end that say already that nothing more is there.</summary>
    private long _clean = Ring.LineBytes;

    public int DataBytesMax => ring.DataBytesMax;

    /// <summary>Writes a record of two parts; false when there is no room for it now.</summary>
    public bool TryWrite(in Record record, void* data, int dataBytes)
    {
        Debug.Assert(dataBytes <= DataBytesMax, "Longer messages are offered.");
        var span = (Record.Bytes + dataBytes + Ring.LineBytes - 1) & -Ring.LineBytes;
        var toEnd = ring.Capacity - (int)(_tail & (ring.Capacity - 1));
        var skipped = span <= toEnd ? 0 : toEnd;
        // With the line behind it, which says that no more is there.
        if (!HasRoom(skipped + span + Ring.LineBytes))
        {
            return false;
        }
        var target = ring.At(_tail + skipped);
        target->Kind = record.Kind;
        target->Offset = record.Offset;
        target->Source = record.Source;
        target->DataBytes = dataBytes;
        target->Operation = record.Operation;
        Buffer.MemoryCopy(data, target + 1, dataBytes, dataBytes);
        var next = _tail + skipped + span;
        if (next >= _clean)
        {
            ring.At(next)->Span = 0;
        }
        if (skipped > 0)
        {
            // The reader still stands before the end, so the record may be complete before it can be seen.
            target->Span = span;
            target = ring.At(_tail);
            target->Kind = RecordKind.Skip;
        }
        Volatile.Write(ref target->Span, skipped > 0 ? skipped : span);
        _tail = next;
        CleanAhead();
        return true;
    }

    /// <summary>
    /// Clears the line behind the next short record now, while this one is on its way: the line has to be fetched from the reader's core,
    /// and the next record would wait for it.
    /// </summary>
    private void CleanAhead()
    {
        var ahead = _tail + Ring.LineBytes;
        _clean = ahead;
        if (ahead + Ring.LineBytes - _head <= ring.Capacity)
        {
            ring.At(ahead)->Span = 0;
            _clean = ahead + Ring.LineBytes;
        }
    }

    private bool HasRoom(int bytes)
    {
        if (_tail + bytes - _head > ring.Capacity)
        {
            _head = Volatile.Read(ref *ring.Head);
        }
        return _tail + bytes - _head <= ring.Capacity;
    }
}

/// <summary>The reader's end of a ring; one thread at a time.</summary>
internal sealed unsafe class RingReader(Ring ring)
{
    private long _head;

    /// <summary>Whether nothing is in it; any thread may ask.</summary>
    public bool IsEmpty => Volatile.Read(ref ring.At(Volatile.Read(ref _head))->Span) == 0;

    /// <summary>The next record, or null. It stays in the ring until <see cref="Advance"/>.</summary>
    public Record* Peek()
    {
        while (true)
        {
            var record = ring.At(_head);
            if (Volatile.Read(ref record->Span) == 0)
            {
                return null;
            }
            if (record->Kind != RecordKind.Skip)
            {
                return record;
            }
            Advance(record);
        }
    }

    public void Advance(Record* record)
    {
        var next = _head + record->Span;
        var quarter = ring.Capacity / 4;
        if (next / quarter != _head / quarter)
        {
            Volatile.Write(ref *ring.Head, next);
        }
        Volatile.Write(ref _head, next);
    }
}
