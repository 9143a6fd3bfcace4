using System.Collections.Concurrent;

namespace Braid.Mpi.Tests;

/// <summary>The scenarios as each launcher ran them: two jobs for each number of ranks run all, every second area each, and the tests look at their parts.</summary>
internal static class Jobs
{
    /// <summary>So many that on a loaded machine none comes near its time limit.</summary>
    private const int JobCount = 2;

    private static readonly ConcurrentDictionary<(string, int), Lazy<Task<Dictionary<string, string>>>> All = [];

    /// <summary>What the ranks said in each scenario.</summary>
    public static Task<Dictionary<string, string>> ScenariosAsync(string launcher, int ranks) =>
        All.GetOrAdd((launcher, ranks), key => new(() => RunAsync(key.Item1, key.Item2))).Value;

    private static async Task<Dictionary<string, string>> RunAsync(string launcher, int ranks)
    {
        var areas = ScenarioTests.Areas().ToArray();
        var said = new Dictionary<string, string> { ["exit"] = "" };
        for (var job = 0; job < JobCount; job++)
        {
            string[] part = [.. areas.Where((_, i) => i % JobCount == job).Select(static area => $"{area}.")];
            foreach (var (scenario, text) in Read(await Launcher.Of(launcher).RunAsync(ranks, part)))
            {
                said[scenario] = scenario == "exit" ? said[scenario] + text : text;
            }
        }
        return said;
    }

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
