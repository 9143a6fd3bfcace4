using System.Globalization;

namespace Braid.Chaos;

/// <summary>What may be left behind, as the operating system tells it.</summary>
internal static class Leaks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What this process has open, but for assemblies and libraries, which come as code is first used.</summary>
    public static int Handles() => Targets().Count();

    /// <summary>How many of each kind.</summary>
    public static string DescribeHandles() => string.Join(", ", Targets()
        .GroupBy(target => target.Split('[')[0]).OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} {group.Key}"));

    private static IEnumerable<string> Targets() => Directory.GetFiles("/proc/self/fd")
        .Select(path => new FileInfo(path).LinkTarget ?? "gone meanwhile")
        .Where(target => !target.EndsWith(".dll", StringComparison.Ordinal) && !target.Contains(".so", StringComparison.Ordinal));

    /// <summary>Processes whose environment names a folder: workers of a cluster that has its socket there.</summary>
    public static List<int> ProcessesOf(string folder)
    {
        var found = new List<int>();
        foreach (var path in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && EnvironmentOf(id).Contains(folder, StringComparison.Ordinal))
                found.Add(id);
        }

        return found;
    }

    /// <summary>Waits until it is so; a fault where it does not become so.</summary>
    public static async Task CheckAsync(string what, Func<bool> isSo, List<string> faults)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed > Patience)
            {
                faults.Add($"It is not so that {what}.");
                return;
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50);
        }
    }

    private static string EnvironmentOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is another user's.
            return "";
        }
    }
}
