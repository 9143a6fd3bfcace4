using System.IO.MemoryMappedFiles;

namespace Braid.Mpi.Embedded;

/// <summary>
/// Memory that the ranks of one communicator share, all zeros at first. Its room is taken when it is made: a page that is not there when
/// touched would end the process.
/// </summary>
internal sealed unsafe class SharedBlock : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private SharedBlock(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
    }

    public byte* Start { get; }

    /// <summary>Memory of one process.</summary>
    public static SharedBlock Private(long bytes) => new(MemoryMappedFile.CreateNew(null, bytes));

    public static SharedBlock Open(Guid name, long bytes)
    {
        var path = Paths(name).First(File.Exists);
        return new(MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, bytes, MemoryMappedFileAccess.ReadWrite));
    }

    /// <summary>Makes the file, in memory or, where that has no room, on the disk; false when neither has.</summary>
    public static bool TryCreate(Guid name, long bytes)
    {
        foreach (var path in Paths(name))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, PreallocationSize = bytes };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            try
            {
                using var file = new FileStream(path, options);
                file.SetLength(bytes);
                return true;
            }
            catch (IOException)
            {
                // No room, or no such folder: the next.
                File.Delete(path);
            }
        }
        return false;
    }

    public static void Unlink(Guid name)
    {
        foreach (var path in Paths(name).Where(File.Exists))
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static IEnumerable<string> Paths(Guid name)
    {
        if (Directory.Exists("/dev/shm"))
        {
            yield return $"/dev/shm/braid-mpi-{name:N}";
        }
        yield return Path.Combine(Path.GetTempPath(), $"braid-mpi-{name:N}");
    }
}
