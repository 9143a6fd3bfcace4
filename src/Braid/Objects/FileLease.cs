using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// Locks on whole files that the operating system drops when the holder ends, however it ends. On Unix this is flock(2), called
/// by name: what .NET does for <see cref="FileShare"/> is the same call, but it can be switched off by a setting of the application.
/// On Windows the share mode that the file was opened with has decided already.
/// </summary>
internal static class FileLease
{
    public static bool TryShared(SafeFileHandle file) => OperatingSystem.IsWindows() || TryLock(file, Libc.LockShared);

    public static bool TryExclusive(SafeFileHandle file) => OperatingSystem.IsWindows() || TryLock(file, Libc.LockExclusive);

    public static void Release(SafeFileHandle file)
    {
        if (!OperatingSystem.IsWindows())
            _ = Libc.FileLock(file, Libc.Unlock);
    }

    private static bool TryLock(SafeFileHandle file, int kind) => Libc.FileLock(file, kind | Libc.LockNonBlocking) == 0;
}
