using System.Diagnostics;

namespace Braid.Mpi.Tests.Interoperation;

/// <summary>How long a job takes from the command to its end, beside the same in C on the same machine in the same minute.</summary>
public class StartTests
{
    /// <summary>What .NET may add: two runtimes that start on one core take so long on a loaded machine.</summary>
    private static readonly TimeSpan AddedMax = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task A_job_starts_and_ends_within_a_second_of_twice_the_time_of_one_in_C(string mpi)
    {
        using var program = await CProgram.CompileOrSkipAsync(mpi, "hello.c");
        var launcher = Launcher.Of(mpi);
        TimeSpan c = TimeSpan.MaxValue, dotnet = TimeSpan.MaxValue;
        // In turns, and the least of each: what else the machine does falls on both.
        for (var round = 0; round < 3; round++)
        {
            c = Least(c, await TimeOfAsync(() => launcher.RunProgramAsync(2, [program.Path])));
            dotnet = Least(dotnet, await TimeOfAsync(() => launcher.RunAsync(2, "fault:hello")));
        }
        Assert.True(dotnet < (2 * c) + AddedMax, $"{dotnet.TotalSeconds:F2} s, and {c.TotalSeconds:F2} s in C");
    }

    private static async Task<TimeSpan> TimeOfAsync(Func<Task<JobResult>> run)
    {
        var start = Stopwatch.GetTimestamp();
        var job = await run();
        var time = Stopwatch.GetElapsedTime(start);
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Contains("hello from 1 of 2", job.Output, StringComparison.Ordinal);
        return time;
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
