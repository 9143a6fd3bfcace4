using System.Collections.Concurrent;

namespace Braid.Mpi.Tests;

/// <summary>The scenarios as each launcher ran them: two jobs for each number of ranks run all, half of the areas each, and the tests look at their parts.</summary>
internal static class Jobs
{
    private static readonly ConcurrentDictionary<(string, int), Lazy<Task<Dictionary<string, string>>>> All = [];

    /// <summary>What the ranks said in each scenario.</summary>
    public static Task<Dictionary<string, string>> ScenariosAsync(string launcher, int ranks) =>
        All.GetOrAdd((launcher, ranks), key => new(() => RunAsync(key.Item1, key.Item2))).Value;

    private static async Task<Dictionary<string, string>> RunAsync(string launcher, int ranks)
    {
        var areas = ScenarioTests.Areas().ToArray();
        var said = new Dictionary<string, string> { ["exit"] = "" };
        foreach (var half in areas.Chunk((areas.Length + 1) / 2))
        {
            foreach (var (scenario, text) in Read(await Launcher.Of(launcher).RunAsync(ranks, [.. half.Select(static area => $"{area}.")])))
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
