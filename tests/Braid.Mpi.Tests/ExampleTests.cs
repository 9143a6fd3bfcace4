using System.Text.RegularExpressions;
using Braid.Tests;

namespace Braid.Mpi.Tests;

/// <summary>The examples in examples/Mpi: each under every launcher, and alone.</summary>
public partial class ExampleTests
{
    private static readonly string[] Names = ["hello", "dictionary", "buffer", "vectors", "pi", "heat"];

    public static TheoryData<string, int> Runs()
    {
        var runs = new TheoryData<string, int>();
        foreach (var launcher in Launcher.Names)
        {
            runs.Add(launcher, 2);
            runs.Add(launcher, 4);
        }
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task They_run_on_ranks(string launcher, int ranks)
    {
        using var folder = new TemporaryFolder();
        var job = await Launcher.Of(launcher).OrSkip().RunProgramAsync(ranks, Program(Names), folder: folder.Path);
        Check(job, ranks, folder);
        var grid = string.Join(" x ", CartesianCommunicator.Dimensions(ranks, 2));
        Assert.Contains($"120 x 120 cells on {grid} ranks", job.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alone_they_run_on_one_rank_or_start_the_two_that_they_need()
    {
        using var folder = new TemporaryFolder();
        Check(await Launcher.RunAsync(Program(Names), [], folder.Path), 1, folder);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    public async Task Without_a_name_they_are_listed(params string[] arguments)
    {
        var job = await Launcher.RunAsync(Program(arguments), []);
        Assert.Equal(0, job.ExitCode);
        foreach (var name in Names)
        {
            Assert.Contains($"\n  {name} ", job.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_unknown_name_is_answered_with_those_that_there_are()
    {
        var job = await Launcher.RunAsync(Program("nowhere"), []);
        Assert.Equal(2, job.ExitCode);
        Assert.Contains("There is no 'nowhere'. There are: hello, dictionary,", job.Errors, StringComparison.Ordinal);
    }

    private static string[] Program(params string[] arguments) =>
        ["dotnet", Path.Combine(AppContext.BaseDirectory, "mpi-examples.dll"), .. arguments];

    private static void Check(JobResult job, int ranks, TemporaryFolder folder)
    {
        Assert.True(job.ExitCode == 0, job.ToString());
        for (var rank = 0; rank < ranks; rank++)
        {
            Assert.Contains($"Hello from rank {rank} of {ranks} on ", job.Output, StringComparison.Ordinal);
        }
        Assert.Contains("temperature 21.5, pressure 1013.25, wind 4", job.Output, StringComparison.Ordinal);
        Assert.Contains("100 ints from rank 0: 0 to 99, sum 4950", job.Output, StringComparison.Ordinal);
        Assert.Contains("1,000,000 sums: 0.5, 1.5, ... 999999.5", job.Output, StringComparison.Ordinal);
        Assert.Contains($"pi = 3.1415926536 by {ranks} rank", job.Output, StringComparison.Ordinal);
        Assert.Contains(", equal to the serial answer; drawn to heat.png", job.Output, StringComparison.Ordinal);
        // The same plate, whatever the number of ranks and the MPI between them.
        Assert.Equal("10.4701", MeanTemperature().Match(job.Output).Groups[1].Value);
        Assert.Equal("PNG"u8, File.ReadAllBytes(folder.PathOf("heat.png")).AsSpan(1, 3));
    }

    [GeneratedRegex(@"mean ([\d.]+),")]
    private static partial Regex MeanTemperature();
}
