using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>
/// Freed segments whose pages are kept to be written again, in a directory that all processes of the session share: a file moves in and
/// out of it by rename, which only one process can win. Fresh pages cost the kernel more than the copy into them does (and on a virtual
/// machine up to ten times more), so this doubles the speed of values that come and go.
/// </summary>
/// <remarks>
/// A reader may still have a freed segment mapped, since an array view lives until its last reference is collected. It holds a shared lock
/// for as long; a file whose exclusive lock cannot be had is left alone.
/// </remarks>
internal sealed class RecycledSegments(string directory, StoreUsage usage)
{
    /// <summary>Smaller files are unlinked: for them two renames and a lock are not worth it.</summary>
    public const long BytesMin = 1 << 20;

    public const string DirectoryName = "recycled";

    /// <summary>Windows forbids renaming what others have open, and has no memory file system to save pages of.</summary>
    public static bool Supported => !OperatingSystem.IsWindows();

    /// <summary>Moves a freed segment in; false when it must be deleted instead. Its bytes stay counted as memory in use.</summary>
    public bool TryAdd(string path, SegmentId id, long bytes)
    {
        if (!Supported || bytes < BytesMin || !usage.TryRecycle(bytes))
            return false;

        try
        {
            File.Move(path, Path.Combine(directory, NameOf(id, bytes)));
            return true;
        }
        catch (IOException)
        {
            usage.TakeRecycled(bytes);
            return false;
        }
    }

    /// <summary>
    /// Takes the file that fits best: the smallest that is large enough, cut down, else the largest. It is moved to
    /// <paramref name="path"/>, has no header, and its bytes count as being written by this process. Null when there is none.
    /// </summary>
    public (SafeFileHandle File, long Bytes, SegmentId Origin)? TryTake(string path, long bytesWanted)
    {
        if (!Supported || bytesWanted < BytesMin || usage.RecycledBytes < BytesMin)
            return null;

        var files = List();
        files.Sort((a, b) => (a.Bytes >= bytesWanted, b.Bytes >= bytesWanted) switch
        {
            (true, true) => a.Bytes.CompareTo(b.Bytes),
            (false, false) => b.Bytes.CompareTo(a.Bytes),
            (true, false) => -1,
            (false, true) => 1,
        });
        foreach (var (name, bytes) in files)
        {
            if (TryTakeFile(name, path) is not var (file, origin))
                continue;

            usage.TakeRecycled(bytes);
            var kept = Math.Min(bytes, bytesWanted);
            if (kept < bytes)
            {
                RandomAccess.SetLength(file, kept);
                usage.Free(onDisk: false, bytes - kept);
            }

            usage.Reopen(kept);
            return (file, kept, origin);
        }

        return null;
    }

    /// <summary>Gives memory back until there is as much as wanted, or nothing more to give; true when anything was given.</summary>
    public bool Trim(long bytesWanted)
    {
        long given = 0;
        foreach (var (name, bytes) in List())
        {
            if (given >= bytesWanted)
                break;
            var path = Path.Combine(directory, name);
            var doomed = path + ".gone";
            try
            {
                File.Move(path, doomed); // whoever wins the rename does the counting
            }
            catch (IOException)
            {
                continue;
            }

            Unlink(doomed);
            usage.TakeRecycled(bytes);
            usage.Free(onDisk: false, bytes);
            given += bytes;
        }

        return given > 0;
    }

    /// <summary>
    /// Removes a file that may be mapped. Where nobody reads it, its memory is free at once, whatever mappings of it are kept
    /// (<see cref="FileMappings"/>); a reader finds the mark when it is done. The order counts: the mark is there before the look for readers.
    /// </summary>
    public static void Unlink(string path)
    {
        if (!Supported)
        {
            File.Delete(path);
            return;
        }

        SafeFileHandle file;
        try
        {
            file = FileLease.OpenToTry(path);
        }
        catch (IOException)
        {
            File.Delete(path); // it is gone already, or handles have run out
            return;
        }

        using (file)
        {
            File.Delete(path);
            if (RandomAccess.GetLength(file) < BytesMin)
                return;
            SegmentHeader.MarkUnlinked(file);
            if (FileLease.TryExclusive(file))
                RandomAccess.SetLength(file, 0);
        }
    }

    private (SafeFileHandle File, SegmentId Origin)? TryTakeFile(string name, string path)
    {
        var source = Path.Combine(directory, name);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(source, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (FileLease.TryExclusive(file))
            {
                File.Move(source, path);

                // Under the lock: a reader that opened the file under its old name and gets its lock later finds no header.
                var origin = SegmentHeader.TryRead(file)?.Origin ?? default;
                SegmentHeader.Wipe(file);
                FileLease.Release(file);
                return (file, origin);
            }
        }
        catch (IOException)
        {
            // Another process was faster, or has it locked.
        }

        file?.Dispose();
        return null;
    }

    private List<(string Name, long Bytes)> List()
    {
        var files = new List<(string, long)>();
        foreach (var path in Directory.EnumerateFiles(directory))
        {
            var name = Path.GetFileName(path);
            if (name.Length == 33 && long.TryParse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bytes))
                files.Add((name, bytes));
        }

        return files;
    }

    private static string NameOf(SegmentId id, long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:x16}-{id.FileName}");
}
