using Braid.Mpi.Abi;

namespace Braid.Mpi.Tests;

/// <summary>Which library is chosen, and what the tables say.</summary>
public class AbiTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_RANK=0;OMPI_COMM_WORLD_SIZE=4", MpiImplementation.OpenMpi, 4)]
    [InlineData("PMI_RANK=1;PMI_SIZE=2", MpiImplementation.Mpich, 2)]
    [InlineData("PMI_FD=5", MpiImplementation.Mpich, null)]
    [InlineData("MPI_LOCALRANKID=0", MpiImplementation.Mpich, null)]
    [InlineData("PMIX_RANK=0;SLURM_NTASKS=8", MpiImplementation.OpenMpi, 8)]
    [InlineData("PMI_RANK=3;PMI_SIZE=8;PMI_FD=7;SLURM_PROCID=3;SLURM_NTASKS=8;SLURM_STEP_NUM_TASKS=8", MpiImplementation.Mpich, 8)]
    [InlineData("PMIX_RANK=0;SLURM_NTASKS=8;SLURM_STEP_NUM_TASKS=4", MpiImplementation.OpenMpi, 4)]
    [InlineData("SLURM_PROCID=0;SLURM_NTASKS=8", MpiImplementation.Embedded, null)]
    [InlineData("SLURM_STEP_NUM_TASKS=4;BRAID_MPI=embedded", MpiImplementation.Embedded, null)]
    [InlineData("BRAID_MPI_RANK=0;BRAID_MPI_SIZE=3", MpiImplementation.Embedded, 3)]
    [InlineData("", MpiImplementation.Embedded, null)]
    [InlineData("BRAID_MPI=mpich", MpiImplementation.Mpich, null)]
    [InlineData("BRAID_MPI=abi;PMI_RANK=0;PMI_SIZE=2", MpiImplementation.StandardAbi, 2)]
    [InlineData("BRAID_MPI=/opt/mpi/libmpi.so;OMPI_COMM_WORLD_RANK=0", MpiImplementation.StandardAbi, null)]
    public void The_launchers_variables_choose_the_library(string environment, MpiImplementation implementation, int? size)
    {
        var variables = environment.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(static v => v.Split('=')).ToDictionary(static v => v[0], static v => v[1]);
        var choice = LibraryChoice.FromEnvironment(name => variables.GetValueOrDefault(name));
        Assert.Equal(implementation, choice.Implementation);
        Assert.Equal(size, choice.ExpectedSize);
    }

    [Fact]
    public void What_srun_started_without_an_mpi_plugin_is_refused_with_the_remedy()
    {
        var refused = Assert.Throws<MpiException>(
            () => LibraryChoice.FromEnvironment(static name => name == "SLURM_STEP_NUM_TASKS" ? "4" : null));
        Assert.Contains("srun started 4 processes without an MPI plugin", refused.Message, StringComparison.Ordinal);
        Assert.Contains("srun --mpi=pmi2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_table_has_a_handle_for_every_type_and_operation()
    {
        foreach (var abi in Tables())
        {
            Assert.Equal(Enum.GetValues<BasicType>().Length, abi.Types.Length);
            Assert.Equal(Enum.GetValues<BasicOp>().Length, abi.Ops.Length);
            Assert.Equal(abi.Types.Length, abi.Types.Distinct().Count());
            Assert.Equal(abi.Ops.Length, abi.Ops.Distinct().Count());
            Assert.Equal(9, abi.FileModes.Distinct().Count());
            Assert.Equal(4, abi.ThreadLevels.Distinct().Count());
            Assert.True(abi.StatusSize <= StatusBlock.MaxSize);
        }
    }

    [Fact]
    public void Every_table_maps_the_classes_of_errors_to_the_standards()
    {
        foreach (var abi in Tables())
        {
            Assert.Equal(MpiErrorClass.Success, abi.ErrorClass(0));
            Assert.Equal(MpiErrorClass.Rank, abi.ErrorClass(6));
            Assert.True(abi.ErrorClasses.Values.Distinct().Count() == abi.ErrorClasses.Count, abi.Name);
        }
    }

    [Theory]
    [InlineData(18, MpiErrorClass.InStatus)]
    [InlineData(19, MpiErrorClass.Pending)]
    [InlineData(45, MpiErrorClass.ReadOnly)]
    [InlineData(68, MpiErrorClass.RmaRange)]
    public void Open_MPI_numbers_some_classes_of_errors_on_its_own(int native, MpiErrorClass expected) =>
        Assert.Equal(expected, Tables()[2].ErrorClass(native));

    private static MpiAbi[] Tables()
    {
        // Any distinct addresses do for Open MPI's symbols.
        var next = 0x1000;
        return [StandardAbi.Create(), MpichAbi.Create(static _ => 0), OpenMpiAbi.Create(_ => next += 8)];
    }
}
