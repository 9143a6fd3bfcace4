using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// Locks on whole files that the operating system drops when the holder ends, however it ends. On Unix this is flock(2), called
/// by name: what .NET does for <see cref="FileShare"/> is the same call, but it can be switched off by a setting of the application.
/// On Windows the share mode that the file was opened with has decided already.
/// </summary>
internal static class FileLease
{
    /// <summary>
    /// Opens a file to try its lock. Not by .NET, which takes a shared lock on whatever it opens: two processes that look at the same dead
    /// session would each see the other's and both leave it.
    /// </summary>
    public static SafeFileHandle OpenToTry(string path)
    {
        if (OperatingSystem.IsWindows())
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        // Read and write: a FIFO planted under this name would block an opener that only reads.
        var file = Libc.Open(path, Libc.OpenReadWrite);
        if (file >= 0)
            return new SafeFileHandle(file, ownsHandle: true);
        var message = $"{path}: {Marshal.GetLastPInvokeErrorMessage()}";
        throw Marshal.GetLastPInvokeError() == Libc.ErrorNoEntry ? new FileNotFoundException(message, path) : new IOException(message);
    }

    public static bool TryShared(SafeFileHandle file) => OperatingSystem.IsWindows() || TryLock(file, Libc.LockShared);

    public static bool TryExclusive(SafeFileHandle file) => OperatingSystem.IsWindows() || TryLock(file, Libc.LockExclusive);

    public static void Release(SafeFileHandle file)
    {
        if (!OperatingSystem.IsWindows())
            _ = Libc.FileLock(file, Libc.Unlock);
    }

    private static bool TryLock(SafeFileHandle file, int kind) => Libc.FileLock(file, kind | Libc.LockNonBlocking) == 0;
}
