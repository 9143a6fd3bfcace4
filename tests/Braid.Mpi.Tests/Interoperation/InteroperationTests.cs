namespace Braid.Mpi.Tests.Interoperation;

/// <summary>One job of two ranks in two languages: what one sends the other understands, of every datatype.</summary>
public class InteroperationTests
{
    private static readonly string[] Exchanged =
    [
        "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Single", "Double", "Complex", "Boolean", "Char",
        "Located`1", "Located`1", "Located`1", "Located`1", "Located`1", "Particle",
    ];

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task A_rank_in_C_and_one_in_CSharp_exchange_every_datatype(string mpi)
    {
        var launcher = Launcher.Of(mpi).OrSkip();
        using var peer = await CProgram.CompileOrSkipAsync(mpi, "peer.c");
        CheckAll(await launcher.RunBesideAsync([peer.Path], "fault:interoperation"));
    }

    [Fact]
    public async Task A_rank_in_Python_and_one_in_CSharp_exchange_every_datatype_as_buffers()
    {
        // Debian's mpi4py is built for Open MPI.
        const string Python = "/usr/bin/python3";
        var launcher = Launcher.Of("openmpi").OrSkip();
        var found = File.Exists(Python) ? await Launcher.RunAsync([Python, "-c", "import mpi4py, numpy"], []) : null;
        Assert.SkipUnless(found is { ExitCode: 0 }, "mpi4py and numpy are not installed");
        CheckAll(await launcher.RunBesideAsync(
            [Python, Path.Combine(AppContext.BaseDirectory, "Interoperation", "peer.py")], "fault:interoperation"));
    }

    private static void CheckAll(JobResult job)
    {
        Assert.True(job.ExitCode == 0, job.ToString());
        string[] expected =
        [
            .. Exchanged.Select(static type => $"exchanged {type}"), .. Exchanged.Take(10).Select(static type => $"reduced {type}"),
            "packed", "sent a column", "gathered",
        ];
        Assert.Equal(expected, job.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
