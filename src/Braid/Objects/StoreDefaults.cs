namespace Braid.Objects;

/// <summary>Where values live and how much they may take when the options say nothing.</summary>
internal static class StoreDefaults
{
    private const string SharedMemory = "/dev/shm";

    /// <summary>Containers are often given 64 MiB there, which is less than one value worth having.</summary>
    private const long SharedMemoryMin = 256L << 20;

    private const long RecycledMax = 1L << 30;

    public static string MemoryDirectory { get; } = FindMemoryDirectory();

    public static string SpillDirectory => Path.TrimEndingDirectorySeparator(Path.GetTempPath());

    public static long MemoryBudget(string directory)
    {
        var half = FreeBytes(directory) / 2;
        var machine = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return machine > 0 ? Math.Min(half, machine / 2) : half;
    }

    public static long SpillBudget(string directory) => FreeBytes(directory) / 2;

    public static long Recycled(long memoryBudget) => Math.Min(memoryBudget / 8, RecycledMax);

    public static long FreeBytes(string directory) => Drive(directory).AvailableFreeSpace;

    private static DriveInfo Drive(string directory) =>
        new(OperatingSystem.IsWindows() ? Path.GetPathRoot(Path.GetFullPath(directory))! : directory);

    private static string FindMemoryDirectory()
    {
        var usable = Directory.Exists(SharedMemory) && Drive(SharedMemory).TotalSize >= SharedMemoryMin;
        return usable ? SharedMemory : SpillDirectory;
    }
}
