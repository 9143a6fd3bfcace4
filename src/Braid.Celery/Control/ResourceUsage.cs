using System.Runtime.InteropServices;

namespace Braid.Celery.Control;

/// <summary>What this process has used, as <c>getrusage</c> tells it, under the names of Python's <c>resource</c> without their prefix.</summary>
internal static partial class ResourceUsage
{
    // The members of struct rusage behind its two times, on Linux and macOS alike.
    private static readonly string[] Counts =
        ["maxrss", "ixrss", "idrss", "isrss", "minflt", "majflt", "nswap", "inblock", "oublock", "msgsnd", "msgrcv", "nsignals", "nvcsw", "nivcsw"];

    /// <summary>"N/A" where the system has no such call, as in Celery. The unit of <c>maxrss</c> is the system's: KiB on Linux, bytes on macOS.</summary>
    internal static object OfThisProcess()
    {
        const int Self = 0;
        Span<long> usage = stackalloc long[4 + 14];
        if (OperatingSystem.IsWindows() || !Environment.Is64BitProcess || GetResourceUsage(Self, ref usage[0]) != 0) return "N/A";
        var told = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            // Seconds and microseconds; macOS has 32 bits of the latter.
            ["utime"] = usage[0] + (int)usage[1] / 1e6,
            ["stime"] = usage[2] + (int)usage[3] / 1e6,
        };
        for (var n = 0; n < Counts.Length; n++) told[Counts[n]] = usage[4 + n];
        return told;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, ref long usage);
}
