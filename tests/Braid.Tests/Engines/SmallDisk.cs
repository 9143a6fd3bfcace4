using System.Diagnostics;

namespace Braid.Tests.Engines;

/// <summary>A file system of one megabyte, where this user may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can mount a small file system.");
        var path = Directory.CreateTempSubdirectory("braid-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "braid-test", path))
            return new SmallDisk(path);
        Directory.Delete(path);
        Assert.Skip("Mounting is not allowed here.");
        return null;
    }

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
