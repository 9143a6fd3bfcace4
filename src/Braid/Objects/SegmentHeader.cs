using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// The first 64 bytes of a segment. It is written last, so a segment without one is incomplete; and it is wiped before the file is
/// used again, so a reader that opened the file under its old name sees that the bytes are no longer the ones it came for.
/// <code>
/// 0  magic  4 bytes "BRSG"
/// 4  flags  4 bytes; bit 0: the file may be recycled, so it is read under a shared lock; bit 1: it has been unlinked
/// 8  id     8 bytes
/// 16 length 8 bytes; of the file, header included
/// 24 origin 8 bytes; the id of the first segment that this file held, by which a mapping of it is known again
/// 32 zeros to 64: the buffers after it start on a cache line
/// </code>
/// </summary>
internal readonly record struct SegmentHeader(SegmentId Id, long Length, SegmentId Origin, bool MayBeRecycled)
{
    public const int Size = 64;
    private const uint Magic = 0x47535242;
    private const uint RecycledFlag = 1;
    private const uint UnlinkedFlag = 2;
    private const int FlagsOffset = 4;

    /// <summary>Nothing can open the file any more: a mapping of it that nobody reads should go, or it would keep the memory.</summary>
    public bool IsUnlinked { get; private init; }

    public void WriteTo(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[FlagsOffset..], MayBeRecycled ? RecycledFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Id.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Origin.Value);
        RandomAccess.Write(file, bytes, 0);
    }

    /// <summary>Tells those who have the file mapped that it has no name any more. The file has its header, or what is left of a wiped one.</summary>
    public static void MarkUnlinked(SafeFileHandle file)
    {
        Span<byte> flags = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(flags, RecycledFlag | UnlinkedFlag);
        RandomAccess.Write(file, flags, FlagsOffset);
    }

    public static void Wipe(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        RandomAccess.Write(file, bytes, 0);
    }

    /// <summary>Null where there is no header: the segment is not written to its end, or is being used again.</summary>
    public static SegmentHeader? TryRead(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (RandomAccess.Read(file, bytes, 0) != Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            return null;

        var flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[FlagsOffset..]);
        return new SegmentHeader(
            new SegmentId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            new SegmentId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..])),
            (flags & RecycledFlag) != 0)
        { IsUnlinked = (flags & UnlinkedFlag) != 0 };
    }
}
