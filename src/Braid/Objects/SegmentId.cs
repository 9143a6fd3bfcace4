using System.Globalization;

namespace Braid.Objects;

/// <summary>
/// Names one segment, a file of shared memory or disk, uniquely within a session: the process that made it in the upper 16 bits,
/// then one bit that says whether it was born on disk, then that process's own count.
/// </summary>
internal readonly record struct SegmentId(ulong Value)
{
    /// <summary>The driver is 0; every worker process that ever joins has a number of its own, at most this one.</summary>
    public const int CreatorMax = ushort.MaxValue;

    private const int CreatorShift = 48;
    private const ulong OnDiskBit = 1UL << 47;

    public static SegmentId Create(int creator, ulong count, bool onDisk) =>
        new((ulong)creator << CreatorShift | (onDisk ? OnDiskBit : 0) | count);

    public int Creator => (int)(Value >> CreatorShift);

    /// <summary>True when memory was full as it was written, so it counts against the disk from its first day.</summary>
    public bool BornOnDisk => (Value & OnDiskBit) != 0;

    /// <summary>The name of its file: 16 hexadecimal digits.</summary>
    public string FileName => Value.ToString("x16", CultureInfo.InvariantCulture);

    public override string ToString() => FileName;

    public static bool TryParse(ReadOnlySpan<char> fileName, out SegmentId id)
    {
        id = default;
        if (fileName.Length != 16 || !ulong.TryParse(fileName, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;

        id = new SegmentId(value);
        return true;
    }
}
