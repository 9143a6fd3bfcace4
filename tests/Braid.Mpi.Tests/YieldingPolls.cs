using Braid.Mpi.Tests.Interoperation;

[assembly: AssemblyFixture(typeof(Braid.Mpi.Tests.YieldingPolls))]

namespace Braid.Mpi.Tests;

/// <summary>
/// Lets MPICH's ranks give up the processor where they wait, as Open MPI's do: on fewer cores than ranks a barrier takes 8 ms without it,
/// from C too, and the scenarios more than twice as long.
/// </summary>
public sealed class YieldingPolls : IAsyncLifetime
{
    private CProgram? _library;

    /// <summary>What MPICH's mpirun is told; nothing where there is no compiler.</summary>
    internal static string[] Options { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        if (Launcher.IsOnPath("mpicc.mpich"))
        {
            _library = await CProgram.CompileOrSkipAsync("mpich", "yielding_polls.c", "-shared", "-fPIC");
            Options = ["-genv", "LD_PRELOAD", _library.Path];
        }
    }

    public ValueTask DisposeAsync()
    {
        _library?.Dispose();
        return default;
    }
}
