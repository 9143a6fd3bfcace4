using System.Diagnostics;
using System.Text;

namespace Braid.Mpi.Tests;

/// <summary>How a job ended.</summary>
internal sealed record JobResult(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>A way to start ranks: Open MPI's mpirun, MPICH's mpirun, or Braid's own launcher.</summary>
internal sealed class Launcher(string name, string? program, string[] options)
{
    public static readonly string[] Names = ["embedded", "openmpi", "mpich"];

    public static readonly int[] RankCounts = [1, 2, 4];

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public string Name => name;

    public static Launcher Of(string name) => name switch
    {
        // Oversubscribed ranks must yield to each other, or a message takes a time slice.
        "openmpi" => new(name, "mpirun.openmpi", ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]),
        "mpich" => new(name, "mpirun.mpich", YieldingPolls.Options),
        _ => new(name, null, []),
    };

    /// <summary>Skips the test where this MPI is not installed.</summary>
    public Launcher OrSkip()
    {
        Assert.SkipUnless(IsInstalled, $"{program} is not installed");
        return this;
    }

    public bool IsInstalled => program is null || IsOnPath(program);

    public static bool IsOnPath(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, command)));

    /// <summary>Runs the rank program; a job past its deadline is ended and fails the test.</summary>
    public Task<JobResult> RunAsync(int ranks, params string[] arguments) => RunAsync(ranks, [], arguments);

    public Task<JobResult> RunAsync(int ranks, (string Name, string Value)[] environment, params string[] arguments) =>
        RunProgramAsync(ranks, RankProgram(arguments), environment);

    /// <summary>Runs another program as ranks.</summary>
    public Task<JobResult> RunProgramAsync(
        int ranks, string[] rank, (string Name, string Value)[]? environment = null, string? folder = null, string input = "")
    {
        string[] command = program is null
            ? ["dotnet", Path.Combine(AppContext.BaseDirectory, "braid-mpi.dll"), "run", "-n", $"{ranks}", "--", .. rank]
            : [program, .. options, "-n", $"{ranks}", .. rank];
        return RunAsync(command, environment ?? [], folder, input);
    }

    /// <summary>Runs the rank program with something to read.</summary>
    public Task<JobResult> RunWithInputAsync(int ranks, string input, params string[] arguments) =>
        RunProgramAsync(ranks, RankProgram(arguments), input: input);

    /// <summary>One job of two ranks: the rank program, and one that is not ours.</summary>
    public Task<JobResult> RunBesideAsync(string[] other, params string[] arguments) =>
        RunAsync([program!, .. options, "-n", "1", .. RankProgram(arguments), ":", "-n", "1", .. other], []);

    private static string[] RankProgram(string[] arguments) =>
        ["dotnet", Path.Combine(AppContext.BaseDirectory, "Braid.Mpi.Ranks.dll"), .. arguments];

    public static async Task<JobResult> RunAsync(
        string[] command, (string Name, string Value)[] environment, string? folder = null, string input = "")
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', command)} took longer than {Limit.TotalSeconds} s.\n{await output}\n{await errors}");
        }
        return new(process.ExitCode, await output, await errors);
    }
}
