using System.Globalization;

namespace Braid.Celery.Cli;

/// <summary><c>--pidfile</c>: holds this process's id while it runs, and refuses a second one while that of the file lives.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string? _path;

    internal PidFile(string? path)
    {
        if (path is null) return;
        var full = Path.GetFullPath(path);
        if (File.Exists(full) && int.TryParse(File.ReadAllText(full), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var other) && Lives(other))
            throw new UsageException($"--pidfile {path}: process {other} is already running.");
        File.WriteAllText(full, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        _path = full;
    }

    private static bool Lives(int id)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return !process.HasExited && id != Environment.ProcessId;
        }
        catch (ArgumentException) { return false; }
    }

    public void Dispose()
    {
        if (_path is not null) File.Delete(_path);
    }
}
