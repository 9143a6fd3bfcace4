using System.Collections.Concurrent;

namespace Braid.Mpi.Tests;

/// <summary>The scenarios as each launcher ran them: one job for each number of ranks runs all, and the tests look at its parts.</summary>
internal static class Jobs
{
    private static readonly ConcurrentDictionary<(string, int), Lazy<Task<Dictionary<string, string>>>> All = [];

    /// <summary>What the ranks said in each scenario.</summary>
    public static Task<Dictionary<string, string>> ScenariosAsync(string launcher, int ranks) =>
        All.GetOrAdd((launcher, ranks), key => new(() => RunAsync(key.Item1, key.Item2))).Value;

    private static async Task<Dictionary<string, string>> RunAsync(string launcher, int ranks) => Read(await Launcher.Of(launcher).RunAsync(ranks));

    /// <summary>What the rank program printed, by scenario.</summary>
    public static Dictionary<string, string> Read(JobResult result)
    {
        var said = new Dictionary<string, string>();
        string? name = null;
        foreach (var line in result.Output.Split('\n'))
        {
            if (line == "== end")
            {
                name = null;
            }
            else if (line.StartsWith("== ", StringComparison.Ordinal))
            {
                said[name = line[3..]] = "";
            }
            else if (name is not null)
            {
                said[name] += line + "\n";
            }
        }
        // The end of the job is a result too: it must have ended well.
        said["exit"] = result.ExitCode == 0 ? "" : $"FAILED {result}";
        return said;
    }
}
