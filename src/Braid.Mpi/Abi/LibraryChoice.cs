namespace Braid.Mpi.Abi;

/// <summary>Which MPI this process is to use, and why: <c>BRAID_MPI</c> first, then what the launcher left in the environment.</summary>
/// <param name="Implementation">The MPI to look for.</param>
/// <param name="Path">A library named by the user, or null.</param>
/// <param name="Launched">Whether a launcher started this process.</param>
/// <param name="ExpectedSize">How many processes the launcher says that it started, or null.</param>
/// <param name="Reason">The start of a sentence that says why, for messages.</param>
internal sealed record LibraryChoice(MpiImplementation Implementation, string? Path, bool Launched, int? ExpectedSize, string Reason)
{
    public const string OverrideVariable = "BRAID_MPI";

    /// <summary>Set by <c>braid-mpi run</c> and <see cref="MpiLauncher"/>.</summary>
    public const string EmbeddedRankVariable = "BRAID_MPI_RANK";
    public const string EmbeddedSizeVariable = "BRAID_MPI_SIZE";
    public const string EmbeddedSessionVariable = "BRAID_MPI_SESSION";

    public static LibraryChoice FromEnvironment(Func<string, string?> variable)
    {
        var launcher = FromLauncher(variable);
        return variable(OverrideVariable) switch
        {
            null or "" => launcher.Launched ? launcher : OrRefuse(launcher, variable),
            "openmpi" => Override(MpiImplementation.OpenMpi, null),
            "mpich" => Override(MpiImplementation.Mpich, null),
            "abi" => Override(MpiImplementation.StandardAbi, null),
            "embedded" => Override(MpiImplementation.Embedded, null),
            var path when path.Contains('/', StringComparison.Ordinal) || path.Contains(".so", StringComparison.Ordinal)
                || path.Contains(".dylib", StringComparison.Ordinal) => Override(MpiImplementation.StandardAbi, path),
            var other => throw new ArgumentException(
                $"BRAID_MPI is '{other}'; it must be openmpi, mpich, abi, embedded, or the path of an MPI library."),
        };

        LibraryChoice Override(MpiImplementation implementation, string? path) =>
            launcher with { Implementation = implementation, Path = path, Reason = $"BRAID_MPI is '{variable(OverrideVariable)}'" };
    }

    /// <summary>What srun starts without an MPI plugin has nothing by which its processes could find each other: each would be "rank 0 of 1".</summary>
    private static LibraryChoice OrRefuse(LibraryChoice alone, Func<string, string?> variable) =>
        Number(variable, "SLURM_STEP_NUM_TASKS") is > 1 and var tasks
            ? throw new MpiException(MpiErrorClass.Other, 0, "MPI_Init_thread",
                $"srun started {tasks} processes without an MPI plugin, and each would be a world of one. Use srun --mpi=pmi2 for MPICH or " +
                "srun --mpi=pmix for Open MPI (srun --mpi=list says what there is), or set BRAID_MPI to embedded if each is to be alone.")
            : alone;

    private static int? Number(Func<string, string?> variable, string name) => int.TryParse(variable(name), out var value) ? value : null;

    private static LibraryChoice FromLauncher(Func<string, string?> variable)
    {
        bool Has(string name) => !string.IsNullOrEmpty(variable(name));

        if (Has(EmbeddedRankVariable))
        {
            return new(MpiImplementation.Embedded, null, true, Number(variable, EmbeddedSizeVariable), "braid-mpi started this process");
        }
        if (Has("OMPI_COMM_WORLD_RANK"))
        {
            return new(MpiImplementation.OpenMpi, null, true, Number(variable, "OMPI_COMM_WORLD_SIZE"), "Open MPI's launcher started this process");
        }
        if (Has("PMI_RANK") || Has("PMI_FD") || Has("MPI_LOCALRANKID"))
        {
            return new(MpiImplementation.Mpich, null, true, Number(variable, "PMI_SIZE"),
                "a PMI launcher (MPICH's mpiexec, srun) started this process");
        }
        if (Has("PMIX_RANK"))
        {
            // Slurm's PMIx serves both; Open MPI is the one that needs it.
            return new(MpiImplementation.OpenMpi, null, true, Number(variable, "SLURM_STEP_NUM_TASKS") ?? Number(variable, "SLURM_NTASKS"),
                "a PMIx launcher (srun --mpi=pmix) started this process");
        }
        return new(MpiImplementation.Embedded, null, false, null, "no MPI launcher started this process");
    }
}
