using System.Reflection;

namespace Braid.Mpi.Tests;

/// <summary>Every scenario of the rank program under every MPI, on one, two and four ranks, with the same outcome under all.</summary>
public class ScenarioTests
{
    public static TheoryData<string, int, string> Runs()
    {
        var runs = new TheoryData<string, int, string>();
        foreach (var launcher in Launcher.Names)
        {
            foreach (var ranks in Launcher.RankCounts)
            {
                foreach (var scenario in Scenarios())
                {
                    runs.Add(launcher, ranks, scenario);
                }
            }
        }
        return runs;
    }

    public static TheoryData<int, string> Comparisons()
    {
        var comparisons = new TheoryData<int, string>();
        foreach (var ranks in Launcher.RankCounts)
        {
            foreach (var scenario in Scenarios().Where(static s => s != "exit"))
            {
                comparisons.Add(ranks, scenario);
            }
        }
        return comparisons;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_scenario_succeeds(string launcher, int ranks, string scenario)
    {
        Launcher.Of(launcher).OrSkip();
        var said = await Jobs.ScenariosAsync(launcher, ranks);
        Assert.True(said.TryGetValue(scenario, out var text), $"the job ended before {scenario}: {said["exit"]}");
        Assert.DoesNotContain("FAILED", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Comparisons))]
    public async Task A_scenario_has_the_same_outcome_under_every_mpi(int ranks, string scenario)
    {
        var expected = (await Jobs.ScenariosAsync("embedded", ranks))[scenario];
        Assert.NotEmpty(expected);
        var others = new[] { "openmpi", "mpich" }.Where(static l => Launcher.Of(l).IsInstalled).ToArray();
        Assert.SkipWhen(others.Length == 0, "neither Open MPI nor MPICH is installed");
        foreach (var launcher in others)
        {
            var said = await Jobs.ScenariosAsync(launcher, ranks);
            Assert.True(said.TryGetValue(scenario, out var actual), $"the job ended before {scenario}: {said["exit"]}");
            Assert.Equal($"{launcher}\n{expected}", $"{launcher}\n{actual}");
        }
    }

    public static IEnumerable<string> Areas() => AreaTypes().Select(static t => t.Name).Order(StringComparer.Ordinal);

    private static IEnumerable<Type> AreaTypes() =>
        Assembly.Load("Braid.Mpi.Ranks").GetTypes().Where(static t => t.Namespace == "Braid.Mpi.Ranks.Scenarios" && t.IsAbstract && t.IsSealed && !t.IsNested);

    private static IEnumerable<string> Scenarios() =>
        AreaTypes()
            .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Select(m => $"{t.Name}.{m.Name}"))
            .Order(StringComparer.Ordinal)
            .Append("exit");
}
