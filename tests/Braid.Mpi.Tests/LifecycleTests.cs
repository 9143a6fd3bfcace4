namespace Braid.Mpi.Tests;

/// <summary>How a job ends when a rank does not: all of it, at once, with the reason; and what surrounds a start.</summary>
public class LifecycleTests
{
    public static TheoryData<string> Launchers => [.. Launcher.Names];

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task An_unhandled_exception_ends_the_job_and_names_rank_and_stack(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:throw");
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("Rank 1 of 2", job.Errors, StringComparison.Ordinal);
        Assert.Contains("the rank's own failure", job.Errors, StringComparison.Ordinal);
        Assert.Contains("   at Braid.Mpi.Ranks.Faults", job.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openmpi", "OpenMpi")]
    [InlineData("mpich", "Mpich")]
    public async Task A_program_that_calls_from_one_thread_gets_that_level_and_waits_where_it_awaits(string launcher, string implementation)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:single");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Contains($"{implementation} SingleThreaded True 40 True", job.Output, StringComparison.Ordinal);
        Assert.Contains($"{implementation} SingleThreaded True 41 True", job.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task Environment_Exit_with_a_code_ends_the_job(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:exit");
        Assert.Equal(3, job.ExitCode);
        Assert.Contains("Rank 1 of 2", job.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task A_code_returned_from_Main_ends_the_job(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:return");
        Assert.Equal(3, job.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task Abort_ends_the_job_with_its_code(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:abort");
        Assert.Equal(5, job.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task A_rank_that_fails_fast_ends_the_job(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:kill");
        Assert.NotEqual(0, job.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task A_rank_killed_by_the_system_ends_the_job_and_the_launcher_says_so(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:sigkill");
        Assert.NotEqual(0, job.ExitCode);
        // MPICH's names the process and not the rank.
        Assert.Contains(launcher == "mpich" ? "EXIT CODE: 9" : "rank 1", job.Output + job.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task A_worker_of_a_pool_that_dies_ends_the_job(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:poolworker");
        Assert.NotEqual(0, job.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task A_rank_killed_with_a_lock_that_others_wait_for_ends_the_job(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:lock");
        Assert.NotEqual(0, job.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task Calls_after_the_end_of_mpi_are_refused(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:finish");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Equal(2, job.Output.Split("after finish: 2 ranks, 4 refused").Length - 1);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task What_was_sent_buffered_leaves_before_the_end_of_mpi(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:buffered");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Equal("message 0 True\nmessage 1 True\nmessage 2 True\n", job.Output.ReplaceLineEndings("\n"));
        // UCX names there what was never completed.
        Assert.Equal("", job.Errors);
    }

    // MPICH's launcher leaves the others waiting for an input that never ends.
    [Theory]
    [InlineData("embedded")]
    [InlineData("openmpi")]
    public async Task Standard_input_is_rank_0s(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunWithInputAsync(3, "some words\n", "fault:input");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Equal(
            ["rank 0 read 'some words'", "rank 1 read ''", "rank 2 read ''"],
            job.Output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_job_of_one_rank_says_how_there_are_more()
    {
        var job = await Launcher.RunAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "Braid.Mpi.Ranks.dll"), "fault:beyond"], []);
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("invalid rank 1; the communicator has 1. This job is one rank: mpirun -n 4", job.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_launcher_says_what_starts_a_dll()
    {
        var job = await Launcher.RunAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "braid-mpi.dll"), "run", "-n", "2", "App.dll", "x"], []);
        Assert.Equal(127, job.ExitCode);
        Assert.Contains("a .dll is started by dotnet: braid-mpi run -n 2 -- dotnet App.dll x", job.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public async Task A_file_that_cannot_be_opened_is_named_at_every_rank_and_nothing_is_said_beside(string launcher)
    {
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, "fault:files");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Contains("rank 0 True FileExists MPI_File_open: ", job.Output, StringComparison.Ordinal);
        Assert.Contains("rank 1 True FileExists MPI_File_open: ", job.Output, StringComparison.Ordinal);
        // MPICH complains there of an error code that another rank made.
        Assert.Equal("", job.Errors);
    }

    [Fact]
    public async Task A_message_of_more_than_two_to_the_31_bytes_arrives_whole()
    {
        // One runtime only: the two ranks hold more than 4 GiB.
        var job = await Launcher.Of("embedded").RunAsync(2, "fault:large");
        Assert.Contains("2147487747 bytes, 6 of 6 right", job.Output, StringComparison.Ordinal);
        Assert.True(job.ExitCode == 0, job.ToString());
    }

    [Fact]
    public async Task A_program_without_a_launcher_is_one_rank()
    {
        var job = await Launcher.RunAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "Braid.Mpi.Ranks.dll"), "fault:hello"], []);
        Assert.Equal("hello from 0 of 1 on Embedded", job.Output.Trim());
    }

    [Theory]
    [InlineData("openmpi", "mpich")]
    [InlineData("mpich", "openmpi")]
    public async Task The_wrong_library_for_the_launcher_is_refused_with_the_remedy(string launcher, string library)
    {
        Launcher.Of(library).OrSkip();
        var job = await Launcher.Of(launcher).OrSkip().RunAsync(2, [("BRAID_MPI", library)], "fault:hello");
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("The launcher started 2 processes", job.Errors, StringComparison.Ordinal);
        Assert.Contains("BRAID_MPI", job.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_MPIs_terminal_gets_no_escape_codes()
    {
        var job = await Launcher.Of("openmpi").OrSkip().RunAsync(2, [("TERM", "xterm-256color")], "fault:hello");
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.DoesNotContain("\u001b", job.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("core", 1)]
    [InlineData("none", null)]
    public async Task Open_MPI_binds_a_rank_to_one_core_unless_told_not_to(string binding, int? processors)
    {
        Launcher.Of("openmpi").OrSkip();
        var job = await Launcher.RunAsync(
            ["mpirun.openmpi", "--allow-run-as-root", "--bind-to", binding, "-n", "1",
                "dotnet", Path.Combine(AppContext.BaseDirectory, "Braid.Mpi.Ranks.dll"), "fault:processors"], []);
        Assert.True(job.ExitCode == 0, job.ToString());
        Assert.Equal($"processors {processors ?? Environment.ProcessorCount}", job.Output.Trim());
    }

    [Fact]
    public async Task A_bad_override_says_what_it_may_be()
    {
        var job = await Launcher.RunAsync(
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "Braid.Mpi.Ranks.dll"), "fault:hello"], [("BRAID_MPI", "lam")]);
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("openmpi, mpich, abi, embedded", job.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_launcher_leaves_nothing_in_shared_memory()
    {
        await Launcher.Of("embedded").RunAsync(2, "fault:throw");
        await Launcher.Of("embedded").RunAsync(2, "fault:sigkill");
        await Launcher.Of("embedded").RunAsync(2, "fault:hello");
        Assert.Empty(Directory.GetFiles("/dev/shm", "braid-mpi-*"));
    }

    [Fact]
    public async Task The_command_explains_itself()
    {
        var tool = Path.Combine(AppContext.BaseDirectory, "braid-mpi.dll");
        var help = await Launcher.RunAsync(["dotnet", tool, "--help"], []);
        Assert.Equal(0, help.ExitCode);
        Assert.Contains("braid-mpi run -n 4", help.Output, StringComparison.Ordinal);
        var wrong = await Launcher.RunAsync(["dotnet", tool, "run", "-n", "0", "--", "true"], []);
        Assert.Equal(2, wrong.ExitCode);
        var missing = await Launcher.RunAsync(["dotnet", tool, "run", "-n", "2", "--", "no-such-program-here"], []);
        Assert.Equal(127, missing.ExitCode);
    }
}
