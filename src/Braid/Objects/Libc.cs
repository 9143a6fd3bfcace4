using System.Runtime.InteropServices;

namespace Braid.Objects;

/// <summary>The few calls of the system's C library that .NET has no name for; none of them on Windows.</summary>
internal static unsafe partial class Libc
{
    public const int ProtRead = 1;
    public const int MapShared = 1;
    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    /// <summary>Linux: back the range with pages of 2 MiB where it can.</summary>
    public const int AdviseHugePage = 14;

    public static readonly nint MapFailed = -1;

    public const int ErrorNoEntry = 2;

    /// <summary>Read and write, closed in programs that this process starts.</summary>
    public static readonly int OpenReadWrite = 2 | (OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint MemoryMap(nint address, nuint length, int protection, int flags, SafeHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int MemoryUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int MemoryAdvise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FileLock(SafeHandle file, int operation);
}
