using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

/// <summary>
/// The other workers of a session whose driver has died. Each ends by itself, but for one that is stopped (SIGSTOP, a debugger): that is ended by
/// whoever is left.
/// </summary>
internal static class StoppedSiblings
{
    public static void End(string socketPath)
    {
        // Elsewhere a process's environment is not to be seen, and nothing else tells a worker of this session for certain.
        if (!OperatingSystem.IsLinux())
            return;
        var mark = Encoding.UTF8.GetBytes($"{Handshake.SocketVariable}={socketPath}\0");
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                continue;
            try
            {
                if (IsStopped(path) && File.ReadAllBytes(Path.Combine(path, "environ")).AsSpan().IndexOf(mark) >= 0)
                    Process.GetProcessById(id).Kill();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has gone meanwhile, or is another user's.
            }
        }
    }

    private static bool IsStopped(string process)
    {
        var status = File.ReadAllText(Path.Combine(process, "stat"));
        // After the name, which may have anything in it.
        return status.AsSpan(status.LastIndexOf(')') + 2) is ['T' or 't', ..];
    }
}
