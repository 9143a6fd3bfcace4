using System.Diagnostics;
using System.Globalization;
using Braid.Mpi.Abi;
using Braid.Mpi.Embedded;

namespace Braid.Mpi;

/// <summary>Starts the ranks of a job on this machine under Braid's embedded runtime, as <c>braid-mpi run</c> does. No MPI is
/// needed.</summary>
public static class MpiLauncher
{
    /// <summary>Starts so many processes of one program, which share this process's standard output and error, and waits for
    /// them. Standard input is rank 0's; that of the others is empty.</summary>
    /// <param name="ranks">From 1 to 256.</param>
    /// <param name="fileName">The program, for example <c>dotnet</c>.</param>
    /// <param name="arguments">Its arguments, the same for all.</param>
    /// <param name="cancellation">Ends all of them.</param>
    /// <returns>0, or the exit code of the first rank that failed; the others were then ended, as nothing is to hang.</returns>
    public static async Task<int> RunAsync(
        int ranks, string fileName, IReadOnlyList<string> arguments, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ranks, SharedSegment.RankCountMax);
        var session = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"braid-mpi-{Guid.NewGuid():N}");
        SharedSegment.Create(session, ranks);
        var processes = new List<Process>();
        try
        {
            for (var rank = 0; rank < ranks; rank++)
            {
                processes.Add(Start(rank, ranks, session, fileName, arguments));
            }
            return await WaitAsync(processes, cancellation);
        }
        finally
        {
            End(processes);
            // Rank 0 has deleted it unless the job ended before all were there.
            File.Delete(session);
        }
    }

    private static Process Start(int rank, int ranks, string session, string fileName, IReadOnlyList<string> arguments)
    {
        // Ranks that shared the input would each get some of it.
        var start = new ProcessStartInfo(fileName, arguments) { UseShellExecute = false, RedirectStandardInput = rank > 0 };
        start.Environment[LibraryChoice.EmbeddedRankVariable] = rank.ToString(CultureInfo.InvariantCulture);
        start.Environment[LibraryChoice.EmbeddedSizeVariable] = ranks.ToString(CultureInfo.InvariantCulture);
        start.Environment[LibraryChoice.EmbeddedSessionVariable] = session;
        start.Environment.Remove(LibraryChoice.OverrideVariable);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{fileName}' could not be started.");
        if (rank > 0)
        {
            process.StandardInput.Close();
        }
        return process;
    }

    private static async Task<int> WaitAsync(List<Process> processes, CancellationToken cancellation)
    {
        var running = processes.Select((process, rank) => ExitAsync(process, rank, cancellation)).ToList();
        while (running.Count > 0)
        {
            var done = await Task.WhenAny(running);
            running.Remove(done);
            var (rank, code) = await done;
            if (code != 0)
            {
                await Console.Error.WriteLineAsync($"braid-mpi: rank {rank} ended with exit code {code}; ending the others.");
                return code;
            }
        }
        return 0;
    }

    private static async Task<(int Rank, int Code)> ExitAsync(Process process, int rank, CancellationToken cancellation)
    {
        await process.WaitForExitAsync(cancellation);
        return (rank, process.ExitCode);
    }

    private static void End(List<Process> processes)
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }
            process.Dispose();
        }
    }
}
