namespace Braid.Mpi.Tests;

/// <summary>Ranks that start further ones, and connections between parts of a job.</summary>
public class DynamicTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Ranks_start_further_ranks_and_talk_to_them(int ranks)
    {
        var job = await Launcher.Of("openmpi").OrSkip().RunAsync(ranks, "fault:spawn");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Contains("parent 0: 2 children, from a launcher True", job.Output, StringComparison.Ordinal);
        Assert.Contains("answer 43", job.Output, StringComparison.Ordinal);
        Assert.Contains($"together {ranks + 2}, sum {(ranks + 2) * (ranks + 1) / 2}", job.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_mpi_that_cannot_start_ranks_says_so_and_nothing_hangs()
    {
        // Debian's MPICH cannot, from C neither; one that can must do it right.
        var job = await Launcher.Of("mpich").OrSkip().RunAsync(2, "fault:spawn");
        if (job.ExitCode == 0)
        {
            Assert.Contains("answer 43", job.Output, StringComparison.Ordinal);
            return;
        }
        Assert.Contains("MpiException: MPI_Comm_spawn: ", job.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task One_half_accepts_at_a_published_port_and_the_other_connects(int ranks)
    {
        var job = await Launcher.Of("openmpi").OrSkip().RunAsync(ranks, "fault:ports");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Contains("published True", job.Output, StringComparison.Ordinal);
        for (var rank = 0; rank < ranks; rank++)
        {
            Assert.Contains($"rank {rank} met {rank ^ 1} of {ranks / 2}", job.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_embedded_runtime_names_what_it_lacks()
    {
        var job = await Launcher.Of("embedded").RunAsync(1, "fault:lacks");
        Assert.True(job.ExitCode == 0, job.ToString());
        foreach (var function in new[] { "MPI_Comm_spawn", "MPI_Open_port", "MPI_Comm_accept", "MPI_Comm_connect", "MPI_Lookup_name" })
        {
            Assert.Contains($"Braid's embedded runtime lacks {function}", job.Output, StringComparison.Ordinal);
        }
    }
}
