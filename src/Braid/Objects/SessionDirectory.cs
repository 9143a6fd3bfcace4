using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// A private directory (mode 0700) that lives as long as the process that made it: that process holds an exclusive lock on the
/// file <c>lock</c> in it, which the operating system drops when the process ends. Whoever gets the lock of another's directory knows
/// that its owner is dead and may remove it.
/// </summary>
/// <remarks>
/// A directory is made under a name that no sweep looks at, locked, and only then renamed, so there is no moment at which a living
/// owner's directory looks dead. Two sweeps at once are harmless: one gets the lock, and removing what is gone already is no error.
/// </remarks>
internal sealed class SessionDirectory : IDisposable
{
    /// <summary>A start after many crashes must not spend its life on cleaning up; the next start takes the next ones.</summary>
    private const int SweptMax = 256;

    private const string Prefix = "braid-";
    private const string NewPrefix = ".braid-new-";
    private const string LockName = "lock";
    private static readonly TimeSpan AgeOfAbandonedStart = TimeSpan.FromHours(1);

    private readonly SafeFileHandle _lock;
    private int _disposed;

    private SessionDirectory(string path, SafeFileHandle @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    /// <summary>The path of a directory to be made: nobody can guess it.</summary>
    public static string NewPath(string root) => System.IO.Path.Combine(root, Prefix + Secret.Hex(16));

    public static SessionDirectory Create(string root) => CreateAt(NewPath(root));

    /// <param name="path">From <see cref="NewPath"/>.</param>
    public static SessionDirectory CreateAt(string path)
    {
        var root = System.IO.Path.GetDirectoryName(path)!;
        var unborn = System.IO.Path.Combine(root, NewPrefix + System.IO.Path.GetFileName(path)[Prefix.Length..]);
        CreatePrivate(unborn);
        SafeFileHandle? held = null;
        try
        {
            held = File.OpenHandle(System.IO.Path.Combine(unborn, LockName), FileMode.CreateNew, FileAccess.ReadWrite, LockShare);
            if (!FileLease.TryExclusive(held))
                throw new IOException($"The file system of '{root}' cannot lock files, so it cannot hold a session's directory.");

            Directory.Move(unborn, path);
            return new SessionDirectory(path, held);
        }
        catch
        {
            held?.Dispose();
            TryDelete(unborn);
            throw;
        }
    }

    /// <summary>Removes what dead owners left in <paramref name="root"/>; returns how many directories that were.</summary>
    public static int Sweep(string root)
    {
        var swept = 0;
        foreach (var path in Candidates(root, Prefix + "*"))
            swept += IsSessionName(path) && TryDestroy(path) ? 1 : 0;
        foreach (var path in Candidates(root, NewPrefix + "*"))
            swept += DateTime.UtcNow - Directory.GetLastWriteTimeUtc(path) > AgeOfAbandonedStart && TryDestroy(path) ? 1 : 0;
        return swept;
    }

    /// <summary>
    /// Removes a session's directory if its owner is dead. The owner's socket may close an instant before its locks are dropped, so a
    /// process that has just seen it die gives it a little <paramref name="patience"/>.
    /// </summary>
    public static bool TryDestroy(string path, TimeSpan patience = default)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryDestroyOnce(path))
                return true;
            if (!Directory.Exists(path) || Stopwatch.GetElapsedTime(started) >= patience)
                return false;
            Thread.Sleep(5);
        }
    }

    /// <summary>Removes the directory with all that is in it. The lock is held to the end, so no sweep interferes.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        if (OperatingSystem.IsWindows())
            _lock.Dispose();
        TryDelete(Path);
        _lock.Dispose();
    }

    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>None lets the system refuse a second opener where sharing is mandatory; on Unix the lock itself is taken by name.</summary>
    private static FileShare LockShare => OperatingSystem.IsWindows() ? FileShare.None : FileShare.ReadWrite;

    private static string[] Candidates(string root, string pattern)
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(root, pattern, options).Take(SweptMax).ToArray();
    }

    private static bool IsSessionName(string path)
    {
        var name = System.IO.Path.GetFileName(path.AsSpan())[Prefix.Length..];
        return name.Length == 32 && Int128.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
    }

    private static bool TryDestroyOnce(string path)
    {
        try
        {
            using var held = FileLease.OpenToTry(System.IO.Path.Combine(path, LockName));
            return FileLease.TryExclusive(held) && TryDelete(path);
        }
        catch (FileNotFoundException)
        {
            // It was born with a lock, so a removal began and was cut short.
            return TryDelete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its owner lives, or it belongs to another user.
            return false;
        }
    }

    private static bool TryDelete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another sweep was faster, or a file is still open on a system that forbids removing it; the next sweep comes again.
            return !Directory.Exists(path);
        }
    }
}
