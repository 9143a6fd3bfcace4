using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>
/// The memory that all ranks share: a header, one block for each rank, and a <see cref="Ring"/> for each ordered pair of ranks, its own to
/// itself included. The file is made by the launcher and unlinked by rank 0 as soon as all have it mapped, so that nothing stays behind
/// however the job ends.
/// </summary>
internal sealed unsafe class SharedSegment : IDisposable
{
    public const int RankCountMax = 256;

    /// <summary>How many messages of a rank can be copied by both sides at once.</summary>
    public const int ClaimCount = 16;

    /// <summary>A line for the sleeping word, one for the process, one for each claim.</summary>
    private const int RankBlockBytes = (2 + ClaimCount) * LineBytes;
    private const int LineBytes = 64;
    private const int HeaderBytes = 128;
    private const long RingBudgetBytes = 64L << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _ringBytes;

    private SharedSegment(MemoryMappedFile file, int ranks)
    {
        (_file, Ranks, _ringBytes) = (file, ranks, RingCapacity(ranks));
        _view = file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start;
    }

    public int Ranks { get; }

    /// <summary>How many ranks have the memory mapped.</summary>
    public int* Attached => (int*)_start;

    public static SharedSegment Open(string path, int ranks) =>
        new(MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.ReadWrite), ranks);

    /// <summary>Memory of one process for a world of one.</summary>
    public static SharedSegment Private() => new(MemoryMappedFile.CreateNew(null, Bytes(1)), 1);

    /// <summary>Creates the file, all zeros, which is a valid empty segment. Pages are taken only where touched.</summary>
    public static void Create(string path, int ranks)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var file = new FileStream(path, options);
        file.SetLength(Bytes(ranks));
    }

    /// <summary>1 while that rank sleeps and wants to be woken.</summary>
    public int* Sleeping(int rank) => (int*)(_start + HeaderBytes + ((long)rank * RankBlockBytes));

    public int* ProcessId(int rank) => (int*)((byte*)Sleeping(rank) + LineBytes);

    /// <summary>How many bytes of a message of that rank the two sides have taken on to copy.</summary>
    public long* Claimed(int rank, int claim) => (long*)((byte*)Sleeping(rank) + ((2 + claim) * LineBytes));

    public Ring Ring(int from, int to) =>
        new(_start + HeaderBytes + ((long)Ranks * RankBlockBytes)
            + ((((long)from * Ranks) + to) * (_ringBytes + Embedded.Ring.HeaderBytes)), _ringBytes);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static long Bytes(int ranks) =>
        HeaderBytes + ((long)ranks * RankBlockBytes) + ((long)ranks * ranks * (RingCapacity(ranks) + Embedded.Ring.HeaderBytes));

    /// <summary>Powers of two from 8 KiB to 256 KiB, so that all rings together keep within the budget as far as they can.</summary>
    private static int RingCapacity(int ranks)
    {
        var share = RingBudgetBytes / ((long)ranks * ranks);
        var capacity = 8 << 10;
        while (capacity < 256 << 10 && capacity * 2 <= share)
        {
            capacity *= 2;
        }
        return capacity;
    }
}
